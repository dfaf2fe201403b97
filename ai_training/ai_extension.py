"""All that this app adds to the core: executors, a section, a price book, signal receivers."""

from django.utils.translation import gettext_lazy as _

from ai_core import page_parts, pricing, sections, signals
from ai_core.execution import registry
from ai_training import costs, receivers
from ai_training.builtin import following
from ai_training.builtin.example import EXAMPLE_TRAINING, ExampleTraining
from ai_training.builtin.lora import LORA_TRAINING, LoraTraining
from ai_training.executors import ExternalTraining
from ai_training.job_types import EXTERNAL_TRAINING
from ai_training.pages.job_part import PART
from ai_training.sections import TRAINING
from brands.audit import words

registry.register(ExternalTraining(), EXTERNAL_TRAINING)
registry.register(ExampleTraining(), EXAMPLE_TRAINING)
registry.register(LoraTraining(), LORA_TRAINING)
sections.register(TRAINING)
page_parts.register(PART)
pricing.register_price_book(costs.price_book)
words.name_kinds(
    dataset=_("Dataset"),
    training_configuration=_("Training configuration"),
    compute_offer=_("Compute offer"),
)

signals.job_submitted.connect(receivers.begin)
# What a built-in training has said counts before its bill.
signals.job_finished.connect(following.follow_ended)
signals.job_finished.connect(receivers.book)
signals.job_purged.connect(receivers.forget)
signals.content_removed.connect(receivers.forget_content)
signals.swept.connect(receivers.watch)
signals.housekeeping.connect(receivers.keep_house)
