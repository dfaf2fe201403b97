"""The public port: taken by the supervisor, so that a web process that restarts refuses nobody."""

import errno
import http.client
import socket
import time
from collections.abc import Callable

from megahub.up.refusal import Refusal

READY_SECONDS = 60
BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """Take the port, or say who has to change."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise Refusal(_why(error, host, port)) from None
    return listener


def wait_until_ready(host: str, port: int, *, look_after: Callable[[], None]) -> bool:
    """Wait until /readyz answers 200, and look after the processes meanwhile."""
    deadline = time.monotonic() + READY_SECONDS
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 (compared)
    while time.monotonic() < deadline:
        if _is_ready(target, port):
            return True
        look_after()
    return False


def _is_ready(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=1)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken by another program: stop that one, or set PORT to a free one"
    if error.errno == errno.EACCES:
        return f"port {port} may only be used by root: set PORT to one from 1024"
    return f"cannot listen on {host}:{port} ({error.strerror}): mend MEGAHUB_BIND or PORT"
