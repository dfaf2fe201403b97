"""Addresses of the pages about notifications."""

from django.urls import path

from ai_notices.pages import deliveries, job_part, preferences, webhooks

urlpatterns = [
    path("settings/notifications/", preferences.preferences_page, name="settings-notifications"),
    path("settings/webhooks/", webhooks.webhooks_page, name="settings-webhooks"),
    path("settings/webhooks/new/", webhooks.new_webhook, name="new-webhook"),
    path("settings/webhooks/<int:number>/", webhooks.webhook_page, name="webhook"),
    path("settings/webhooks/<int:number>/edit/", webhooks.edit_webhook, name="edit-webhook"),
    path("settings/webhooks/<int:number>/act/", webhooks.act, name="webhook-act"),
    path(
        "settings/webhooks/<int:number>/deliveries/<int:delivery>/",
        deliveries.delivery_page,
        name="webhook-delivery",
    ),
    path("jobs/<str:job_id>/notify/", job_part.choose, name="job-notify"),
]
