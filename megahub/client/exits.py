"""How the command ends: what a script may rely on."""

from enum import IntEnum


class Exit(IntEnum):
    OK = 0
    ERROR = 1  # the hub refused, or could not be reached
    USAGE = 2  # the command line or the configuration is wrong
    JOB_FAILED = 3  # the job ended as failed, timeout or cancelled
    NOT_IN_TIME = 4  # --timeout passed before the job was over
    INTERRUPTED = 130  # Ctrl-C


class Stop(Exception):
    """Ends the command with a sentence for people and a code for scripts."""

    def __init__(self, message: str, code: Exit = Exit.ERROR) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
