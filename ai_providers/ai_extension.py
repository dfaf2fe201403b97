"""All that this app adds to the core: executors, a section, prices, signal receivers."""

from django.utils.translation import gettext_lazy as _

from ai_core import brand_notices, pricing, sections, signals
from ai_core import budgets as budget_door
from ai_core.execution import registry
from ai_providers import budgets, prices, receivers, thresholds
from ai_providers.analysis.executor import ContentAnalysisByModel
from ai_providers.analysis.job_type import CONTENT_ANALYSIS_BY_MODEL
from ai_providers.executors import LanguageModel
from ai_providers.gateway import line
from ai_providers.job_types import ALL, QUEUE
from ai_providers.sections import OPENAI_JOB

registry.register_queue(QUEUE)
registry.register_queue(line.QUEUE)
registry.register(LanguageModel(), *ALL)
registry.register(ContentAnalysisByModel(), CONTENT_ANALYSIS_BY_MODEL)
sections.register(OPENAI_JOB)
pricing.register_price_book(prices.book)
brand_notices.register_kind(thresholds.KIND, _("50, 80 or 100 % of a limit are used"))
brand_notices.register_source(thresholds.recent)
budget_door.register_report(budgets.budgets)

signals.job_submitted.connect(receivers.remember_question)
signals.job_finished.connect(receivers.settle_holds)
signals.job_finished.connect(receivers.remember_answer)
signals.job_used.connect(receivers.remember_answer)
signals.job_purged.connect(receivers.forget)
signals.content_removed.connect(receivers.forget_content)
signals.housekeeping.connect(receivers.keep_house)
