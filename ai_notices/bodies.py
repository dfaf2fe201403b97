"""The body of a delivery, as the log of deliveries shows it."""

from __future__ import annotations

import json

from ai_notices import payload, slack
from ai_notices.models import Delivery, Webhook


def shown(delivery: Delivery) -> str:
    hook = delivery.webhook
    if hook is not None and hook.shape == Webhook.Shape.SLACK:
        body = slack.body_of(delivery.message, language=hook.language)
    else:
        body = payload.body_of(delivery.message)
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
