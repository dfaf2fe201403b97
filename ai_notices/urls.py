"""Addresses of notifications, below /ai/."""

from django.urls import path

from ai_notices.api import views

hooks, deliveries = views.WebhooksView.as_view, views.DeliveriesView.as_view

urlpatterns = [
    path("notifications/kinds/", views.KindsView.as_view(), name="ai-notification-kinds"),
    path(
        "notifications/preferences/",
        views.PreferencesView.as_view(),
        name="ai-notification-preferences",
    ),
    path("notifications/jobs/<str:id>/", views.JobChoiceView.as_view(), name="ai-notification-job"),
    path(
        "notifications/webhooks/",
        hooks({"get": "list", "post": "create"}),
        name="ai-webhooks",
    ),
    path(
        "notifications/webhooks/<int:pk>/",
        hooks({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="ai-webhook",
    ),
    path("notifications/webhooks/<int:pk>/rotate/", hooks({"post": "rotate"}), name="ai-rotate"),
    path("notifications/webhooks/<int:pk>/test/", hooks({"post": "test"}), name="ai-webhook-test"),
    path(
        "notifications/webhooks/<int:pk>/deliveries/",
        deliveries({"get": "list"}),
        name="ai-webhook-deliveries",
    ),
    path(
        "notifications/webhooks/<int:pk>/deliveries/<int:delivery>/",
        deliveries({"get": "retrieve"}),
        name="ai-webhook-delivery",
    ),
    path(
        "notifications/webhooks/<int:pk>/deliveries/<int:delivery>/resend/",
        deliveries({"post": "resend"}),
        name="ai-webhook-resend",
    ),
]
