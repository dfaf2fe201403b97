"""The rows of a job, and of what surrounds it."""

from ai_core.models.artifacts import Artifact
from ai_core.models.job_types import AIJobType
from ai_core.models.jobs import AIJob, AIJobData, IdempotencyKey
from ai_core.models.ovh_keys import OvhKey
from ai_core.models.queues import Queue
from ai_core.models.records import JobEvent, JobLog, JobMetric, JobStage
from ai_core.models.releases import Release
from ai_core.models.retention import RetentionRule
from ai_core.models.saved_views import SavedView
from ai_core.models.services import ServiceHeartbeat
from ai_core.models.tallies import JobPile, JobSlot, TallyMark

__all__ = [
    "AIJob",
    "AIJobData",
    "AIJobType",
    "Artifact",
    "IdempotencyKey",
    "JobEvent",
    "JobLog",
    "JobMetric",
    "JobPile",
    "JobSlot",
    "JobStage",
    "OvhKey",
    "Queue",
    "Release",
    "RetentionRule",
    "SavedView",
    "ServiceHeartbeat",
    "TallyMark",
]
