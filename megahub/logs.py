"""How the hub logs: one JSON object a line for machines, short lines for people under `up`."""

from collections.abc import MutableMapping
from typing import Any

import structlog


def _without_request(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Any:
    """Drop Django's request object: it is no JSON, and the line has the path already."""
    event.pop("request", None)
    return event


# Applied to our own lines and to those of every library alike.
SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,  # the request id, later the job
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.StackInfoRenderer(),
    _without_request,
]


def configuration(*, form: str, colours: bool) -> dict[str, Any]:
    """Return Django's LOGGING, and set structlog up to go the same way."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *(_pretty(colours) if form == "pretty" else _json()),
                ],
                "foreign_pre_chain": SHARED,
            }
        },
        "handlers": {
            "output": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "lines",
            }
        },
        "root": {"handlers": ["output"], "level": "INFO"},
        "loggers": {
            # Django's own handlers would say everything a second time.
            "django": {"handlers": [], "level": "INFO"},
            "django.server": {"handlers": [], "propagate": True},
            "django.request": {"level": "ERROR"},  # what is refused stands in the access log
            "uvicorn": {"level": "WARNING"},
            "celery": {"level": "WARNING"},  # it says every bell twice
        },
    }


def _json() -> list[Any]:
    return [
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Without the local variables: there may be a password among them.
        structlog.processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        ),
        structlog.processors.JSONRenderer(),
    ]


def _pretty(colours: bool) -> list[Any]:
    return [
        structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
        structlog.dev.ConsoleRenderer(
            colors=colours,
            pad_event_to=0,
            exception_formatter=structlog.dev.plain_traceback,
        ),
    ]
