"""All that this app adds to the core: duties of the sweeper, an option of jobs, receivers."""

from django.utils.translation import gettext_lazy as _

from ai_core import brand_notices, duties, signals
from ai_core.duties import Duty
from ai_notices import delivering, journal, receivers, troubles

duties.register(Duty(name="read-journal", act=journal.read_on))
duties.register(Duty(name="deliver", act=delivering.deliver_one, hands=4))
duties.register(Duty(name="mail", act=delivering.mail_one))
brand_notices.register_kind(troubles.KIND, _("A webhook was switched off"))
brand_notices.register_source(troubles.recent)
brand_notices.brand_noticed.connect(receivers.note)

signals.job_purged.connect(receivers.forget)
signals.job_redated.connect(receivers.skip_the_demo)
signals.housekeeping.connect(receivers.keep_house)
