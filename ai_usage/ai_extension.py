"""All that this app adds to the core: a section with the cost column, and signal receivers."""

from ai_core import sections, signals
from ai_usage import receivers
from ai_usage.sections import USAGE

sections.register(USAGE)

signals.job_finished.connect(receivers.book_ended)
signals.job_used.connect(receivers.book_late)
signals.job_redated.connect(receivers.book_elsewhere)
signals.job_purged.connect(receivers.forget_purged)
signals.housekeeping.connect(receivers.fold_days)
