"""Addresses of the pages about schedules."""

from django.urls import path

from ai_schedules.pages import edit, schedules

urlpatterns = [
    path("schedules/", schedules.schedules_page, name="schedules"),
    path("schedules/new/", edit.new_schedule, name="new-schedule"),
    path("schedules/preview/", edit.preview, name="schedule-preview"),
    path("schedules/<int:number>/", schedules.schedule_page, name="schedule"),
    path("schedules/<int:number>/edit/", edit.edit_schedule, name="edit-schedule"),
    path("schedules/<int:number>/act/", schedules.act, name="schedule-act"),
]
