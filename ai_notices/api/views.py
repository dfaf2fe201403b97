"""Webhooks of the brand, for its managers; and what the caller wants to be told."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ai_core.api.base import JobsBase
from ai_core.api.query import Query
from ai_core.api.requests import NothingSerializer
from ai_notices import kinds, outbox, webhooks, wishes
from ai_notices.api import shapes
from ai_notices.models import Delivery, Webhook
from ai_notices.webhooks import WebhookOff
from brands.api.permissions import InBrand, Manages
from brands.api.scoping import BrandScopedMixin
from brands.asking import access_of
from brands.errors import NotFound
from brands.sign_in.proof import must_be_fresh

TAGS = ["notifications"]


class KindsView(APIView):
    """What there is to be told of."""

    permission_classes = (InBrand,)

    @extend_schema(
        operation_id="notification_kinds", tags=TAGS, responses=shapes.KindSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """The kinds that webhooks and people choose from."""
        Query(request, [])
        return Response([{"kind": k, "title": str(t)} for k, t in kinds.titles().items()])


@extend_schema_view(
    list=extend_schema(operation_id="webhooks_list", tags=TAGS),
    retrieve=extend_schema(operation_id="webhook_get", tags=TAGS),
)
class WebhooksView(
    BrandScopedMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """Addresses that are told what happens in the brand."""

    permission_classes = (Manages,)
    serializer_class = shapes.WebhookSerializer
    queryset = Webhook.objects.select_related("created_by").order_by("-created_at", "-id")

    @extend_schema(
        operation_id="webhook_add",
        tags=TAGS,
        request=shapes.WebhookRequestSerializer,
        responses={201: shapes.WebhookWithSecretSerializer},
    )
    def create(self, request: Request) -> Response:
        """Add one. `secret` signs what is sent, and is shown this once."""
        must_be_fresh(request)
        form = shapes.WebhookRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = dict(form.validated_data)
        made = webhooks.add(
            self.brand_to_create_in(),
            user=self.access.user,
            address=wanted.pop("url"),
            shape=wanted.pop("payload"),
            **wanted,
        )
        return self._with_secret(made.webhook, made.secret.reveal(), status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="webhook_change",
        tags=TAGS,
        request=shapes.WebhookChangeSerializer,
        responses=shapes.WebhookSerializer,
    )
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change what is named; `is_active` switches it on and off."""
        hook = self.get_object()
        form = shapes.WebhookChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = dict(form.validated_data)
        switched = wanted.pop("is_active", None)
        webhooks.change(hook, address=wanted.pop("url", None), **wanted)
        if switched is not None:
            webhooks.switch_on(hook) if switched else webhooks.switch_off(hook)
        return Response(self.get_serializer(hook).data)

    @extend_schema(operation_id="webhook_remove", tags=TAGS)
    def destroy(self, request: Request, pk: int) -> Response:
        """Remove it, with its log."""
        webhooks.remove(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        operation_id="webhook_rotate",
        tags=TAGS,
        request=NothingSerializer,
        responses=shapes.WebhookWithSecretSerializer,
    )
    def rotate(self, request: Request, pk: int) -> Response:
        """Make a new secret. For a day what is sent carries both signatures."""
        must_be_fresh(request)
        hook = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        return self._with_secret(hook, webhooks.rotate(hook).reveal(), status.HTTP_200_OK)

    @extend_schema(
        operation_id="webhook_test",
        tags=TAGS,
        request=NothingSerializer,
        responses={202: shapes.DeliverySerializer},
    )
    def test(self, request: Request, pk: int) -> Response:
        """Send it a message of the kind `webhook.test`; its delivery says what came of it."""
        hook = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        if not hook.is_on:
            raise WebhookOff(_("This webhook is switched off. Switch it on first."))
        sent = outbox.test_message(hook, user=self.access.user)
        return Response(shapes.DeliverySerializer(sent).data, status=status.HTTP_202_ACCEPTED)

    def _with_secret(self, hook: Webhook, secret: str, code: int) -> Response:
        answer = Response({**self.get_serializer(hook).data, "secret": secret}, status=code)
        answer["Cache-Control"] = "no-store"
        return answer


@extend_schema_view(
    list=extend_schema(operation_id="webhook_deliveries", tags=TAGS),
    retrieve=extend_schema(
        operation_id="webhook_delivery", tags=TAGS, responses=shapes.DeliveryDetailSerializer
    ),
)
class DeliveriesView(
    BrandScopedMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """What was sent to one webhook, and what came back."""

    permission_classes = (Manages,)
    queryset = Delivery.objects.select_related("message__brand", "webhook").order_by(
        "-created_at", "-id"
    )
    lookup_url_kwarg = "delivery"

    def get_serializer_class(self) -> Any:
        full = self.action == "retrieve"
        return shapes.DeliveryDetailSerializer if full else shapes.DeliverySerializer

    def get_queryset(self) -> Any:
        found = super().get_queryset().filter(webhook=self.kwargs.get("pk"))
        return found.prefetch_related("tries") if self.action == "retrieve" else found

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Newest first. A webhook that is not there has no empty list either."""
        if not Webhook.objects.for_brand(self.access.scope).filter(pk=kwargs["pk"]).exists():
            raise NotFound
        return super().list(request, *args, **kwargs)

    @extend_schema(
        operation_id="webhook_resend",
        tags=TAGS,
        request=NothingSerializer,
        responses={202: shapes.DeliverySerializer},
    )
    def resend(self, request: Request, pk: int, delivery: int) -> Response:
        """Send it once more, with the same id."""
        found = self.get_object()
        NothingSerializer(data=request.data).is_valid(raise_exception=True)
        webhooks.resend(found)
        return Response(shapes.DeliverySerializer(found).data, status=status.HTTP_202_ACCEPTED)


class PreferencesView(APIView):
    """What you want to be told, and where; the same in all your brands."""

    permission_classes = (InBrand,)

    @extend_schema(
        operation_id="notification_preferences",
        tags=TAGS,
        responses=shapes.PreferencesSerializer,
    )
    def get(self, request: Request) -> Response:
        """Kinds that come by e-mail, and kinds that the bell shows."""
        Query(request, [])
        return Response(shapes.PreferencesSerializer(wishes.wishes_of(request.user)).data)

    @extend_schema(
        operation_id="notification_preferences_change",
        tags=TAGS,
        request=shapes.PreferencesRequestSerializer,
        responses=shapes.PreferencesSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Change what is named."""
        form = shapes.PreferencesRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        saved = wishes.save(access_of(request).user, **form.changes())
        return Response(shapes.PreferencesSerializer(saved).data)


class JobChoiceView(JobsBase):
    """Whether you are told of one job, whoever made it."""

    serializer_class = shapes.JobChoiceSerializer

    @extend_schema(
        operation_id="notification_of_job", tags=TAGS, responses=shapes.JobChoiceSerializer
    )
    def get(self, request: Request, id: str) -> Response:
        """Your choice; `null`: as your preferences say."""
        Query(request, [])
        chosen = wishes.choice_for(self.number_of(id), self.access.user)
        return Response({"notify": chosen or None})

    @extend_schema(
        operation_id="notification_of_job_change",
        tags=TAGS,
        request=shapes.JobChoiceSerializer,
        responses=shapes.JobChoiceSerializer,
    )
    def put(self, request: Request, id: str) -> Response:
        """`always`, `failure`, `never`, or `null`."""
        job = self.find(id)
        form = shapes.JobChoiceSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        wishes.choose(job, self.access.user, form.validated_data["notify"] or "")
        return Response({"notify": form.validated_data["notify"]})
