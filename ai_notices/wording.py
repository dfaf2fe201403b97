"""How a message is said to people, in their language."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from ai_core import brand_notices
from ai_core.pages import words
from ai_notices import kinds
from ai_notices.models import Message
from ai_notices.payload import link

_SAID = {
    "job.started": gettext_noop("“%(name)s” has started"),
    "job.completed": gettext_noop("“%(name)s” is done"),
    "job.failed": gettext_noop("“%(name)s” has failed"),
    "job.timeout": gettext_noop("“%(name)s” took too long and was stopped"),
    "job.cancelled": gettext_noop("“%(name)s” was cancelled"),
    "job.paused": gettext_noop("“%(name)s” is paused"),
    "job.queue_position": gettext_noop("“%(name)s” is number %(place)s in its queue"),
    "job.cost_warning": gettext_noop("“%(name)s” has reached its cost limit"),
    "job.stalled": gettext_noop("“%(name)s” reports nothing any more"),
    "job.warning": gettext_noop("“%(name)s” gives cause for concern"),
}
LOOKED_AT = 50  # of the brand's newest notices, to find one in another language


def in_language(language: str, message: Message) -> tuple[str, str, str]:
    """Title, detail and address."""
    with override(language):
        return _title(message), _detail(message), address(message)


def address(message: Message) -> str:
    return str(message.facts.get("url") or link("/news/"))


def _title(message: Message) -> str:
    if message.kind == kinds.TEST:
        return _("This is a test of the webhook “%(name)s”") % {"name": message.facts["webhook"]}
    if not message.kind.startswith("job."):
        return _notice(message)
    return _of_job(message.kind, message.facts)


def _of_job(kind: str, facts: dict[str, Any]) -> str:
    name = facts["description"] or words.type_title(facts["job_type"])
    return _(_SAID[kind]) % {"name": name, "place": facts.get("position", "")}


def _notice(message: Message) -> str:
    """A notice of the brand, said again by whoever has it, in the language of today."""
    found = brand_notices.recent(message.brand, most=LOOKED_AT)
    return next((one.text for one in found if one.key == message.key), message.text)


def _detail(message: Message) -> str:
    facts = message.facts
    if warning := facts.get("warning"):
        return str(warning["message"])
    if facts.get("error_message"):
        return str(facts["error_message"]).partition("\n")[0][:300]
    if message.kind == "job.queue_position" and facts.get("estimated_start"):
        start = words.absolute(words.moment(facts["estimated_start"]))
        return _("It will probably start at %(time)s.") % {"time": start}
    if message.kind in kinds.FINAL_KINDS and (seconds := facts.get("execution_time_seconds")):
        return _("after %(time)s") % {"time": words.duration(seconds)}
    return ""
