"""The rows of providers: who they are, what they were asked, what they may cost."""

from ai_providers.models.calls import ProviderCall
from ai_providers.models.notices import QuotaNotice
from ai_providers.models.openai_jobs import OpenAIJob
from ai_providers.models.prices import ModelPrice
from ai_providers.models.providers import Provider
from ai_providers.models.quotas import ProviderQuota, QuotaHold, QuotaUse

__all__ = [
    "ModelPrice",
    "OpenAIJob",
    "Provider",
    "ProviderCall",
    "ProviderQuota",
    "QuotaHold",
    "QuotaNotice",
    "QuotaUse",
]
