"""Bodies that are files: taken as they come, into a temporary file, never into memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, ClassVar

from django.conf import settings
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from brands.errors import PayloadTooLarge

PIECE = 2**20


class RawParser(BaseParser):
    """Leaves the body alone: the view reads the stream itself."""

    media_type: ClassVar[str] = "*/*"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return {}


@contextmanager
def body_file(request: Request) -> Iterator[IO[bytes]]:
    """The body as a file at its beginning; gone afterwards."""
    limit = settings.MAX_BODY_BYTES
    with tempfile.TemporaryFile() as kept:
        size = 0
        while piece := request._request.read(PIECE):
            size += len(piece)
            if size > limit:
                raise PayloadTooLarge(limit_bytes=limit)
            kept.write(piece)
        kept.seek(0)
        yield kept
