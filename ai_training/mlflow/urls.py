"""Where MLFLOW_TRACKING_URI points: /ai/mlflow."""

from django.urls import path

from ai_training.mlflow import views

_API = "ai/mlflow/api/2.0"

urlpatterns = [
    path(f"{_API}/mlflow-artifacts/artifacts", views.proxy),
    path(f"{_API}/mlflow-artifacts/artifacts/<path:path>", views.proxy),
    path(f"{_API}/mlflow/<path:word>", views.call),
]
