"""Addresses of schedules, below /ai/."""

from django.urls import path

from ai_schedules.api import views

rows = views.SchedulesView.as_view

urlpatterns = [
    path("schedules/", rows({"get": "list", "post": "create"}), name="ai-schedules"),
    path("schedules/preview/", views.PreviewView.as_view(), name="ai-schedule-preview"),
    path(
        "schedules/<int:pk>/",
        rows({"get": "retrieve", "patch": "partial_update", "delete": "destroy"}),
        name="ai-schedule",
    ),
    path("schedules/<int:pk>/pause/", rows({"post": "pause"}), name="ai-schedule-pause"),
    path("schedules/<int:pk>/resume/", rows({"post": "resume"}), name="ai-schedule-resume"),
    path("schedules/<int:pk>/run/", rows({"post": "run"}), name="ai-schedule-run"),
    path(
        "schedules/<int:pk>/ticks/",
        views.TicksView.as_view({"get": "list"}),
        name="ai-schedule-ticks",
    ),
]
