"""Shapes of brands, members and API keys."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from brands.access import Access
from brands.models import ApiKey, Brand, Membership
from brands.rights import SCOPES, Right, right_of_scopes

_NUMBERS = (int, float)


class StrictSerializer(serializers.Serializer):
    """Refuses members that it does not know, so that a misspelt one is not silently lost.

    A number where a text belongs is refused as well: it would be kept as something else.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            fields = self.fields
            refused = {
                name: [_("There is no such field.")] for name in sorted(set(data) - set(fields))
            }
            for name, value in data.items():
                if type(value) in _NUMBERS and isinstance(fields.get(name), serializers.CharField):
                    refused[name] = [str(fields[name].error_messages["invalid"])]
            if refused:
                raise serializers.ValidationError({**self._wrong(data), **refused})
        return super().to_internal_value(data)

    def _wrong(self, data: Any) -> dict[str, Any]:
        """Say what else is wrong, so that nobody has to ask twice."""
        try:
            super().to_internal_value(data)
        except serializers.ValidationError as error:
            return dict(error.detail)  # type: ignore[arg-type]
        return {}


class BrandSerializer(serializers.ModelSerializer):
    role = serializers.CharField(help_text="Your role there.")

    class Meta:
        model = Brand
        fields = ("id", "uuid", "slug", "name", "time_zone", "currency", "role")


class BrandInBriefSerializer(serializers.ModelSerializer):
    class Meta:
        model = Brand
        fields = ("id", "slug", "name")


class MeSerializer(serializers.Serializer):
    """Who the hub takes the caller for."""

    id = serializers.IntegerField(source="user.pk")
    username = serializers.CharField(source="user.get_username")
    is_superuser = serializers.BooleanField(help_text="False for a key: it stays in its brand.")
    brand = BrandInBriefSerializer(
        allow_null=True, help_text="Null: none, or all of them for a superuser."
    )
    role = serializers.CharField(allow_null=True)
    scopes = serializers.SerializerMethodField(help_text="The smaller of role and key.")
    key = serializers.CharField(
        source="key.prefix", allow_null=True, default=None, help_text="Prefix of the key."
    )

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(SCOPES)))
    def get_scopes(self, access: Access) -> list[str]:
        return access.right.scopes


class MemberSerializer(serializers.ModelSerializer):
    user = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields = ("id", "user", "role", "created_at")

    @extend_schema_field({"type": "object", "properties": {"id": {"type": "integer"}}})
    def get_user(self, member: Membership) -> dict[str, Any]:
        return {"id": member.user_id, "username": member.user.get_username()}


class ApiKeySerializer(serializers.ModelSerializer):
    user = serializers.CharField(source="user.get_username")
    scopes = serializers.ListField(child=serializers.ChoiceField(SCOPES))

    class Meta:
        model = ApiKey
        fields = (
            "id",
            "name",
            "prefix",
            "user",
            "scopes",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
        )


class NewApiKeySerializer(ApiKeySerializer):
    """A key at the one moment when it is whole."""

    token = serializers.CharField(help_text="Send it as `Authorization: Bearer …`; kept nowhere.")

    class Meta:
        model = ApiKey
        fields = (*ApiKeySerializer.Meta.fields, "token")


class ApiKeyRequestSerializer(StrictSerializer):
    """What a new key may be: never more, and never longer, than the one who makes it."""

    name = serializers.CharField(max_length=80)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(SCOPES), allow_empty=False, max_length=3, required=False
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)

    default_error_messages: ClassVar = {
        "past": "Choose a moment that is still to come.",
        "longer": "The key that asks ends before that.",
        "further": "You may give at most: {scopes}.",
    }

    def validate_scopes(self, scopes: list[str]) -> list[str]:
        reach: Right = self.context["access"].right
        if right_of_scopes(scopes) > reach:
            self.fail("further", scopes=", ".join(reach.scopes))
        return scopes

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        access: Access = self.context["access"]
        expires_at = attrs.get("expires_at")
        if expires_at is not None and expires_at <= timezone.now():
            self._refuse("past")
        limit = access.key.expires_at if access.key else None
        if limit is not None:
            attrs["expires_at"] = expires_at = expires_at or limit
            if expires_at > limit:
                self._refuse("longer")
        attrs["right"] = min(
            right_of_scopes(attrs.get("scopes") or ["read", "write"]), access.right
        )
        return attrs

    def _refuse(self, message: str) -> None:
        raise serializers.ValidationError({"expires_at": [self.error_messages[message]]})
