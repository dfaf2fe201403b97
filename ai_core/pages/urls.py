"""Addresses of the pages about jobs."""

from django.urls import path

from ai_core.pages import jobs_list

urlpatterns = [
    path("jobs/", jobs_list.jobs_list, name="jobs"),
]
