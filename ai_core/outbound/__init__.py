"""The one way out: every HTTP call of the hub goes through here, and to public addresses only."""

from ai_core.outbound.addresses import AllowList
from ai_core.outbound.calls import Answer, Call
from ai_core.outbound.failures import (
    AddressRefused,
    BadAnswer,
    BadUrl,
    Closed,
    ConnectFailed,
    CutOff,
    HostUnknown,
    NamesUnavailable,
    OutboundError,
    TimedOut,
    TlsRefused,
    TooLarge,
)
from ai_core.outbound.watched import Limits

__all__ = [
    "AddressRefused",
    "AllowList",
    "Answer",
    "BadAnswer",
    "BadUrl",
    "Call",
    "Closed",
    "ConnectFailed",
    "CutOff",
    "HostUnknown",
    "Limits",
    "NamesUnavailable",
    "OutboundError",
    "TimedOut",
    "TlsRefused",
    "TooLarge",
]
