"""The rows of trainings: what they are made of, how they go, what they cost, who may report."""

from ai_training.models.catalogue import ComputeOffer, Dataset, TrainingConfiguration
from ai_training.models.costs import CostSegment
from ai_training.models.reports import Delivery, SigningSecret
from ai_training.models.runs import Checkpoint, GuardRail, MetricLevel, TrainingRun

__all__ = [
    "Checkpoint",
    "ComputeOffer",
    "CostSegment",
    "Dataset",
    "Delivery",
    "GuardRail",
    "MetricLevel",
    "SigningSecret",
    "TrainingConfiguration",
    "TrainingRun",
]
