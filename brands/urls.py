"""Addresses of brands, members and API keys, below /ai/."""

from django.urls import path

from brands.api import audit, views

urlpatterns = [
    path("me/", views.MeView.as_view(), name="ai-me"),
    path("brands/", views.BrandsView.as_view(), name="ai-brands"),
    path("members/", views.MembersView.as_view(), name="ai-members"),
    path("audit/", audit.AuditView.as_view(), name="ai-audit"),
    path("audit/export/", audit.AuditExportView.as_view(), name="ai-audit-export"),
    path(
        "api-keys/",
        views.ApiKeysView.as_view({"get": "list", "post": "create"}),
        name="ai-api-keys",
    ),
    path(
        "api-keys/<int:pk>/",
        views.ApiKeysView.as_view({"delete": "destroy"}),
        name="ai-api-key",
    ),
]
