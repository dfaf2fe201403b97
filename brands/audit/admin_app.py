"""Stands in INSTALLED_APPS in place of `django.contrib.admin`, whose site leaves no trail."""

from django.contrib.admin.apps import AdminConfig


class AuditedAdminConfig(AdminConfig):
    default_site = "brands.audit.admin_site.AuditedSite"
