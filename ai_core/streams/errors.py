"""What stands against opening one more stream."""

from django.utils.translation import gettext as _

from brands.errors import DomainError

RETRY_SECONDS = 10


class TooManyStreams(DomainError):
    """This user has as many streams open as one may have."""

    code, status = "RATE_LIMITED", 429

    def __init__(self, *, limit: int) -> None:
        super().__init__(
            _("You have %(limit)s streams open. Close one, or watch several jobs by one stream.")
            % {"limit": limit},
            headers={"Retry-After": str(RETRY_SECONDS)},
            limit=limit,
        )
