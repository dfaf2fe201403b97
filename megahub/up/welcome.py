"""What the user is told once everything runs."""

import os

from megahub.up.log import Log


class Welcome:
    """The address, and on the first start the password: it is kept nowhere else."""

    def __init__(self, log: Log, address: str, password: str) -> None:
        self._log = log
        self._address = address
        self._password = password

    def say(self, *, ready: bool) -> None:
        if ready:
            self._log.say(f"MEGAHUB is ready: {self._address}/")
        else:
            self._log.say(f"MEGAHUB runs, but is not ready: {self._address}/readyz says why")
        self.hand_over_password()

    def hand_over_password(self) -> None:
        """Print the password, the first time this is called."""
        password, self._password = self._password, ""
        if not password:
            return
        if os.environ.get("MEGAHUB_ADMIN_PASSWORD"):
            self._log.say("sign in as admin with the password in MEGAHUB_ADMIN_PASSWORD")
        else:
            self._log.say(f"sign in as admin with the password {password}")
            self._log.say("(shown this once; `manage.py changepassword admin` sets another)")
