"""Which addresses are answered on the event loop: event streams and long answers.

Everything else goes to Django's threads. An entry is (compiled pattern, ASGI application); the
pattern is matched against the path from its beginning, and the first that matches answers.
"""

import re
from collections.abc import Awaitable, Callable

Application = Callable[..., Awaitable[None]]

STREAMS: list[tuple[re.Pattern[str], Application]] = []
