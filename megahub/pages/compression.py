"""Compresses pages: HTML shrinks to a tenth. Answers for programs are left as they are.

Secrets in a compressed page could be guessed from its length; Django masks the CSRF token anew for
each page and adds a random length, which is what stands against that.
"""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class PagesCompressed(GZipMiddleware):
    def process_response(self, request: HttpRequest, response: Any) -> HttpResponseBase:
        if not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)
