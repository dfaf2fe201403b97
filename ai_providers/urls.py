"""Addresses of providers, below /ai/."""

from django.urls import path

from ai_providers.api.views import BrandQuotaView, ChatView, ProvidersView

urlpatterns = [
    path(
        "providers/",
        ProvidersView.as_view({"get": "list", "post": "create"}),
        name="ai-providers",
    ),
    path("providers/quota/", BrandQuotaView.as_view(), name="ai-providers-quota"),
    path(
        "providers/<int:pk>/",
        ProvidersView.as_view(
            {
                "get": "retrieve",
                "put": "update",
                "patch": "partial_update",
                "delete": "destroy",
            }
        ),
        name="ai-provider",
    ),
    path(
        "providers/<int:pk>/check/",
        ProvidersView.as_view({"post": "check"}),
        name="ai-provider-check",
    ),
    path(
        "providers/<int:pk>/quota/",
        ProvidersView.as_view({"get": "quota", "put": "set_quota"}),
        name="ai-provider-quota",
    ),
    path("openai/chat/", ChatView.as_view(), name="ai-openai-chat"),
]
