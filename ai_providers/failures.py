"""Why a call to a provider went wrong, and what that means for the next try and for the job."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ai_core.execution.protocol import Failure
from ai_core.statuses import FailureClass


class Reason(StrEnum):
    """What stands in the attempt's row."""

    RATE_LIMITED = "rate_limited"
    QUOTA = "provider_quota"
    KEY_REFUSED = "key_refused"
    MODEL_UNKNOWN = "model_unknown"
    INPUT_REFUSED = "input_refused"
    CONTENT_REFUSED = "content_refused"
    SERVER_ERROR = "server_error"
    UNREACHABLE = "unreachable"
    ADDRESS_REFUSED = "address_refused"
    SILENT = "silent"
    CUT = "cut"
    GARBLED = "garbled"
    TOO_LONG = "answer_too_long"
    BUSY = "busy"  # our own limits for this provider
    CIRCUIT_OPEN = "circuit_open"
    STOPPED = "stopped"
    LOST = "worker_lost"
    KEY_CLOSED = "key_cannot_be_opened"


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What follows from a reason."""

    failure_class: FailureClass
    again: bool  # the same provider may answer in a moment
    elsewhere: bool  # another provider may answer
    hurts: bool  # it speaks against the provider's health


_C = FailureClass
_DOWN = Meaning(failure_class=_C.PROVIDER_DOWN, again=True, elsewhere=True, hurts=True)
_LIMIT = Meaning(failure_class=_C.PROVIDER_LIMIT, again=True, elsewhere=True, hurts=False)
_REFUSED = Meaning(failure_class=_C.PROVIDER_REFUSED, again=False, elsewhere=True, hurts=False)
_INPUT = Meaning(failure_class=_C.INPUT, again=False, elsewhere=False, hurts=False)

MEANING: dict[Reason, Meaning] = {
    Reason.RATE_LIMITED: _LIMIT,
    Reason.BUSY: _LIMIT,
    Reason.CIRCUIT_OPEN: _LIMIT,
    Reason.QUOTA: Meaning(
        failure_class=_C.PROVIDER_QUOTA, again=False, elsewhere=True, hurts=False
    ),
    Reason.KEY_REFUSED: _REFUSED,
    Reason.KEY_CLOSED: _REFUSED,
    Reason.ADDRESS_REFUSED: _REFUSED,
    Reason.MODEL_UNKNOWN: _REFUSED,
    Reason.INPUT_REFUSED: _INPUT,
    Reason.CONTENT_REFUSED: Meaning(
        failure_class=_C.PROVIDER_REFUSED, again=False, elsewhere=False, hurts=False
    ),
    Reason.SERVER_ERROR: _DOWN,
    Reason.UNREACHABLE: _DOWN,
    Reason.SILENT: _DOWN,
    Reason.CUT: _DOWN,
    Reason.GARBLED: _DOWN,
    Reason.TOO_LONG: Meaning(
        failure_class=_C.PROVIDER_REFUSED, again=False, elsewhere=False, hurts=False
    ),
    Reason.LOST: _DOWN,
    Reason.STOPPED: Meaning(failure_class=_C.CANCELLED, again=False, elsewhere=False, hurts=False),
}

CODES: dict[FailureClass, str] = {
    _C.PROVIDER_DOWN: "PROVIDER_ERROR",
    _C.PROVIDER_LIMIT: "PROVIDER_RATE_LIMITED",
    _C.PROVIDER_QUOTA: "PROVIDER_QUOTA_EXCEEDED",
    _C.PROVIDER_REFUSED: "PROVIDER_REFUSED",
    _C.INPUT: "INPUT_REFUSED",
}


class ProviderFailure(Exception):
    """One try went wrong. The message may be shown: it was cleaned of the key."""

    def __init__(
        self,
        reason: Reason,
        message: str,
        *,
        http_status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message[:500]
        self.http_status = http_status
        self.retry_after = retry_after

    @property
    def meaning(self) -> Meaning:
        return MEANING[self.reason]

    def as_job_failure(self, *, tried: str, again: bool) -> Failure:
        """What the job says when nobody is left to ask."""
        kind = self.meaning.failure_class
        code = "PROVIDER_TIMEOUT" if self.reason == Reason.SILENT else CODES[kind]
        return Failure(
            f"{tried}: {self.message}",
            code=code,
            failure_class=kind,
            retry=again and self.meaning.again,
            retry_after=self.retry_after,
        )
