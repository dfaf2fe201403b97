"""Where MLFLOW_TRACKING_URI points: /mlflow, or /ai/mlflow beside the hub's own API."""

from django.urls import path

from ai_training.mlflow import views

_API = "api/2.0"

urlpatterns = [
    path(f"{_API}/mlflow-artifacts/artifacts", views.proxy),
    path(f"{_API}/mlflow-artifacts/artifacts/<path:path>", views.proxy),
    path(f"{_API}/mlflow/<path:word>", views.call),
]
