"""Starts a command, waits for it and writes down how it ended, whatever becomes of the runner.

`python -I keeper.py FOLDER -- COMMAND…`, as the leader of a session of its own; it imports nothing
of ours, so it needs no path.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

NOT_FOUND = 127


def main(arguments: list[str]) -> int:
    folder, _dashes, *command = arguments
    # Only a handler: unlike being ignored, it is not handed on to the command.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    try:
        code = subprocess.run(command, check=False).returncode  # noqa: S603  (what we are for)
    except OSError as error:
        print(f"The command cannot be started: {error}", file=sys.stderr, flush=True)
        code = NOT_FOUND
    draft = Path(folder) / "exit.part"
    draft.write_text(str(code))
    os.replace(draft, Path(folder) / "exit")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
