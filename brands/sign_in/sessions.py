"""When a browser's session ends, and when its person has last shown who they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse

BEGUN, SEEN, PROVED, SECOND = "begun", "seen", "proved", "second_factor"
NOTE_EVERY = 60


def begun(session: Any) -> None:
    """Somebody has just come in: called by the sign-in's signal, before the session is saved."""
    session[BEGUN] = session[SEEN] = session[PROVED] = int(time.time())


def proved(session: Any) -> None:
    session[PROVED] = int(time.time())


def is_over(session: Any) -> bool:
    """Nobody was there for too long, or it began too long ago; one without a beginning is over."""
    now = time.time()
    return (
        now - session.get(BEGUN, 0) > settings.SESSION_ABSOLUTE_SECONDS
        or now - session.get(SEEN, 0) > settings.SESSION_IDLE_SECONDS
    )


def is_proved(session: Any) -> bool:
    """Has the person shown who they are within the last minutes?"""
    return time.time() - session.get(PROVED, 0) <= settings.SESSION_PROOF_SECONDS


def lacks_second(user: Any, session: Any) -> bool:
    """Must this person have a second factor, and has this session come in without one?"""
    needed = settings.REQUIRE_SECOND_FACTOR and (user.is_staff or user.is_superuser)
    return bool(needed) and not session.get(SECOND)


class SessionAges:
    """Ends sessions that are over, and notes once a minute that one is in use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        session = request.session
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in session:
            if is_over(session):
                session.flush()
            elif time.time() - session[SEEN] > NOTE_EVERY:
                session[SEEN] = int(time.time())
        return self.get_response(request)
