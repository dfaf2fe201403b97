"""All that this app adds to the core: a duty of the sweeper, a section, a card, receivers."""

from django.utils.translation import gettext_lazy as _

from ai_core import brand_notices, duties, page_parts, sections, signals
from ai_core.duties import Duty
from ai_schedules import receivers, ticking, troubles
from ai_schedules.pages.job_part import PART
from ai_schedules.sections import SCHEDULE
from brands.audit import words

duties.register(Duty(name="schedules", act=ticking.tick))
sections.register(SCHEDULE)
page_parts.register(PART)
brand_notices.register_kind(troubles.KIND, _("A schedule has paused itself"))
brand_notices.register_source(troubles.recent)
words.name_kinds(schedule=_("Schedule"))
words.name_verbs(run=_("run at once"))

signals.job_purged.connect(receivers.forget)
signals.housekeeping.connect(receivers.keep_house)
