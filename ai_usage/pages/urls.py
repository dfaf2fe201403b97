"""Addresses of the pages about usage."""

from django.urls import path

from ai_usage.pages import bills, usage

urlpatterns = [
    path("usage/", usage.usage_page, name="usage"),
    path("usage/jobs/", bills.bills_page, name="usage-bills"),
]
