"""Addresses under /api/ that belong to no app."""

from django.urls import path

from megahub.api import views

urlpatterns = [
    path("", views.IndexView.as_view(), name="api-index"),
    path("schema/", views.SchemaView.as_view(), name="api-schema"),
    path("docs/", views.DocsView.as_view(), name="api-docs"),
]
