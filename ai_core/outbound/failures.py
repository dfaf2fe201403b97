"""How an outgoing call can fail, as callers need to tell the ways apart."""

from __future__ import annotations


class OutboundError(Exception):
    """A call that brought no usable answer. `worth_retrying`: the same may work later."""

    code = "OUTBOUND_FAILED"
    worth_retrying = True
    callers_fault = False


class BadUrl(OutboundError):
    """The address cannot be called at all, whoever asks."""

    code = "URL_INVALID"
    worth_retrying = False
    callers_fault = True


class AddressRefused(OutboundError):
    """The host leads to an address that the hub must not call."""

    code = "ADDRESS_REFUSED"
    worth_retrying = False
    callers_fault = True

    def __init__(self, host: str, kind: str) -> None:
        super().__init__(
            f"{host} leads to an address that is not public ({kind}). The operator can allow it "
            "with MEGAHUB_OUTBOUND_ALLOW."
        )


class HostUnknown(OutboundError):
    """No such host, as far as the name servers know."""

    code = "HOST_UNKNOWN"
    worth_retrying = False
    callers_fault = True


class NamesUnavailable(OutboundError):
    """The name servers did not answer."""

    code = "DNS_FAILED"


class ConnectFailed(OutboundError):
    """Nobody answers there, or they hung up."""

    code = "CONNECT_FAILED"


class TlsRefused(OutboundError):
    """The other side's certificate does not prove who it is."""

    code = "TLS_INVALID"
    worth_retrying = False


class TimedOut(OutboundError):
    """One of the call's own limits has passed: `which` is connect, idle or total."""

    code = "CALL_TIMED_OUT"

    def __init__(self, which: str, seconds: float) -> None:
        super().__init__(
            {
                "connect": f"No connection within {seconds:g} s.",
                "idle": f"Nothing came for {seconds:g} s.",
                "total": f"The whole call took longer than {seconds:g} s.",
            }[which]
        )
        self.which = which


class CutOff(OutboundError):
    """The answer ended in the middle."""

    code = "ANSWER_CUT"


class BadAnswer(OutboundError):
    """What came is not HTTP."""

    code = "ANSWER_INVALID"


class TooLarge(OutboundError):
    """The answer is larger than this call allows."""

    code = "ANSWER_TOO_LARGE"
    worth_retrying = False

    def __init__(self, limit: int) -> None:
        super().__init__(f"The answer is larger than {limit} bytes.")
        self.limit = limit


class Closed(OutboundError):
    """We hung up ourselves: the job was stopped."""

    code = "CALL_STOPPED"
    worth_retrying = False
