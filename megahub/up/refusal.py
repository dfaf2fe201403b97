"""Why the hub cannot start, in one line that says what to do."""


class Refusal(Exception):
    """The hub does not start; the message is all the user sees."""
