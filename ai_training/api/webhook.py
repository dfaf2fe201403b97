"""The door for signed webhooks: who knows the run's secret may report about that run alone."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from ai_training import signing, webhooks
from ai_training.api import run_shapes as shapes
from ai_training.api.raw import RawParser
from ai_training.api.receipts import receipt
from brands import strict_json
from brands.errors import Invalid


class TrainingWebhookView(APIView):
    """Reports of a runner that signs them."""

    # The signature is who is asking; neither a key nor a session opens or closes this door.
    authentication_classes: ClassVar[Any] = []
    permission_classes: ClassVar[Any] = []
    parser_classes = (RawParser,)

    @extend_schema(
        operation_id="training_webhook",
        tags=["runners"],
        parameters=shapes.HEADERS,
        request=shapes.WebhookSerializer,
        responses=shapes.ReportReceiptSerializer,
        auth=[],
    )
    def post(self, request: Request, job_id: str) -> HttpResponse:
        """Standard Webhooks; the same id again is answered alike and does nothing twice."""
        body = request._request.body
        found = signing.addressee(job_id)
        headers = {name.lower(): value for name, value in request.headers.items()}
        message_id = signing.verify(headers, body, secrets=found.secrets)
        given = strict_json.loads(body)
        if not isinstance(given, dict):
            raise Invalid("The body must be an object, like {…}.", reason="top_level")
        report = webhooks.read(given, message_id=message_id)
        return receipt(self, request, found.pk, report)
