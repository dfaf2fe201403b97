"""One readable log of all processes: a prefix for each, colours on a terminal only."""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from typing import IO

COLOURS = {"hub": 36, "web": 32, "worker": 33, "sweeper": 35}
LONGEST_NAME = 8


def wants_colours(stream: IO[str], environment: Mapping[str, str]) -> bool:
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


class Log:
    """Writes whole lines, so that two processes never share one."""

    def __init__(self, stream: IO[str] = sys.stdout) -> None:
        self._stream = stream
        self.colours = wants_colours(stream, os.environ)
        self._lock = threading.Lock()

    def say(self, text: str, *, name: str = "hub") -> None:
        prefix = f"{name:>{LONGEST_NAME}} │ "
        if self.colours:
            prefix = f"\x1b[{COLOURS.get(name.split('-', maxsplit=1)[0], 37)}m{prefix}\x1b[0m"
        with self._lock:
            try:
                self._stream.write("".join(f"{prefix}{line}\n" for line in text.splitlines()))
                self._stream.flush()
            except OSError:
                pass  # the terminal is gone; the hub goes on

    def follow(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Copy what a process writes, in a thread that ends with the process."""

        def copy() -> None:
            assert process.stdout is not None  # noqa: S101 (spawned with a pipe)
            with process.stdout as lines:
                for line in lines:
                    self.say(line.decode(errors="replace").rstrip(), name=name)

        threading.Thread(target=copy, name=f"log-{name}", daemon=True).start()
