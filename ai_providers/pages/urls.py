"""Addresses of the pages about providers and quotas."""

from django.urls import path

from ai_providers.pages import editing, provider, providers, quotas

urlpatterns = [
    path("providers/", providers.providers_page, name="providers"),
    path("providers/new/", editing.new_provider, name="new-provider"),
    path("providers/<int:number>/", provider.provider_page, name="provider"),
    path("providers/<int:number>/check/", provider.check_provider, name="check-provider"),
    path("providers/<int:number>/key/", editing.change_key, name="provider-key"),
    path("providers/<int:number>/edit/", editing.edit_provider, name="edit-provider"),
    path("providers/<int:number>/switch/", editing.switch_provider, name="switch-provider"),
    path("providers/<int:number>/remove/", editing.remove_provider, name="remove-provider"),
    path("settings/quotas/", quotas.quotas_page, name="settings-quotas"),
    path("settings/quotas/<int:number>/end/", quotas.end_quota, name="end-quota"),
]
