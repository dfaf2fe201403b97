"""Addresses of usage, below /ai/."""

from django.urls import path

from ai_usage.api.views import UsageExportView, UsageView

urlpatterns = [
    path("usage/", UsageView.as_view(), name="ai-usage"),
    path("usage/export/", UsageExportView.as_view(), name="ai-usage-export"),
]
