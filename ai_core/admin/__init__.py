"""Django's admin for the core: mostly for reading; what it changes goes through the services."""

from ai_core.admin.jobs import JobAdmin
from ai_core.admin.records import ArtifactAdmin, EventAdmin, LogAdmin, MetricAdmin, ReleaseAdmin
from ai_core.admin.running import JobTypeAdmin, QueueAdmin, ServiceAdmin

__all__ = [
    "ArtifactAdmin",
    "EventAdmin",
    "JobAdmin",
    "JobTypeAdmin",
    "LogAdmin",
    "MetricAdmin",
    "QueueAdmin",
    "ReleaseAdmin",
    "ServiceAdmin",
]
