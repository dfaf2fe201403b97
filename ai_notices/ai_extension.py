"""All that this app adds to the core: duties of the sweeper, an option of jobs, receivers."""

from django.utils.translation import gettext_lazy as _

from ai_core import brand_notices, duties, job_options, news_choices, page_parts, signals
from ai_core.duties import Duty
from ai_core.job_options import JobOption
from ai_notices import delivering, journal, receivers, troubles, wishes
from ai_notices.models import Watch
from ai_notices.pages.job_part import PART
from brands.audit import words

duties.register(Duty(name="read-journal", act=journal.read_on))
duties.register(Duty(name="deliver", act=delivering.deliver_one, hands=4))
duties.register(Duty(name="mail", act=delivering.mail_one))
brand_notices.register_kind(troubles.KIND, _("A webhook was switched off"))
brand_notices.register_source(troubles.recent)
brand_notices.brand_noticed.connect(receivers.note)
news_choices.register(wishes.news_choices)
page_parts.register(PART)
job_options.register(
    JobOption(
        name="notify",
        label=_("Tell me"),
        choices=dict(Watch.Choice.choices),
        help_text="Whether its creator is told by e-mail; left out: as their preferences say.",
        keep=wishes.keep,
    )
)
words.name_kinds(webhook=_("Webhook"), preferences=_("Notifications of a person"))
words.name_verbs(switched_on=_("switched on"), switched_off=_("switched off"))

signals.job_purged.connect(receivers.forget)
signals.content_removed.connect(receivers.forget_content)
signals.person_erased.connect(receivers.forget_person)
signals.job_redated.connect(receivers.skip_the_demo)
signals.housekeeping.connect(receivers.keep_house)
