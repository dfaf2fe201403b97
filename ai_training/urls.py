"""Addresses of trainings: below /ai/, and the older ones below /api/."""

from typing import Any

from django.urls import include, path

from ai_core.doors.paths import both
from ai_training.api import catalogue, older, runner, runs, webhook

_RUN = "runs/<str:id>"
_ONE: Any = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}
_ALL: Any = {"get": "list", "post": "create"}


def _catalogue(word: str, view: type[catalogue.CatalogueView]) -> list:
    return [
        path(f"{word}/", view.as_view(_ALL), name=f"training-{word}"),
        path(f"{word}/<int:pk>/", view.as_view(_ONE), name=f"training-{word}-one"),
    ]


_OWN = [
    path("datasets/upload/", catalogue.DatasetUploadView.as_view()),
    *_catalogue("datasets", catalogue.DatasetsView),
    path(
        "datasets/<int:pk>/file/",
        catalogue.DatasetFileView.as_view({"get": "file"}),
        name="training-dataset-file",
    ),
    *_catalogue("configurations", catalogue.ConfigurationsView),
    *_catalogue("offers", catalogue.OffersView),
    path("presets/", catalogue.PresetsView.as_view(), name="training-presets"),
    path("estimate/", runs.EstimateView.as_view(), name="training-estimate"),
    path("compare/", runs.CompareView.as_view(), name="training-compare"),
    path("claim/", runner.ClaimAnyView.as_view(), name="training-claim"),
    path("runs/", runs.RunsView.as_view(), name="training-runs"),
    path(f"{_RUN}/", runs.RunView.as_view(), name="training-run"),
    path(f"{_RUN}/pause/", runs.PauseRunView.as_view(), name="training-run-pause"),
    path(f"{_RUN}/resume/", runs.ResumeRunView.as_view(), name="training-run-resume"),
    path(f"{_RUN}/cost/", runs.CostView.as_view(), name="training-run-cost"),
    path(f"{_RUN}/metrics/", runs.CurveView.as_view(), name="training-run-metrics"),
    path(f"{_RUN}/checkpoints/", runs.CheckpointsView.as_view(), name="training-run-checkpoints"),
    path(f"{_RUN}/secret/", runs.SecretView.as_view(), name="training-run-secret"),
    path(f"{_RUN}/claim/", runner.ClaimView.as_view(), name="training-run-claim"),
    path(f"{_RUN}/beat/", runner.BeatView.as_view(), name="training-run-beat"),
    path(f"{_RUN}/report/", runner.ReportView.as_view(), name="training-run-report"),
    path(f"{_RUN}/files/", runner.ArtifactUploadView.as_view(), name="training-run-files"),
]
_OLD = [
    *both("jobs", older.TrainingJobsDoor, "older-training-jobs"),
    *both("jobs/<str:id>", older.TrainingJobDoor, "older-training-job"),
    *both("jobs/<str:id>/metrics", older.TrainingMetricsDoor, "older-training-metrics"),
    *both("jobs/<str:id>/events", older.TrainingEventsDoor, "older-training-events"),
    *both("jobs/<str:id>/cancel", older.TrainingCancelDoor, "older-training-cancel"),
]
# Grouped by how they begin, so that whoever wants none of them passes by in five looks.
urlpatterns = [
    path("ai/training/", include(_OWN)),
    path(
        "ai/webhooks/training/<str:job_id>/",
        webhook.TrainingWebhookView.as_view(),
        name="training-webhook",
    ),
    path("mlflow/", include("ai_training.mlflow.urls")),
    path("ai/mlflow/", include("ai_training.mlflow.urls")),
    path("api/training/", include(_OLD)),
]
