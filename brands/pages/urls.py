"""Addresses of the settings that belong to brands."""

from django.urls import path

from brands.pages import audit, details, keys, members, settings

urlpatterns = [
    path("settings/", settings.settings_page, name="settings"),
    path("settings/keys/", keys.keys_page, name="settings-keys"),
    path("settings/keys/<int:number>/revoke/", keys.revoke_key, name="revoke-key"),
    path("settings/members/", members.members_page, name="settings-members"),
    path("settings/members/<int:number>/", members.change_member, name="change-member"),
    path("settings/audit/", audit.audit_page, name="settings-audit"),
    path("settings/brand/", details.brand_page, name="settings-brand"),
]
