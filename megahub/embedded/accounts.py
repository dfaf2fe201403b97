"""The system user PostgreSQL runs as: it refuses root, so root lends it one without rights."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

NAME = "embedded_postgres"
GROUP_SEARCH = 0o010
GROUP_READ = 0o040


@dataclass
class Account:
    """Who a process runs as; with user None it is simply us, and nothing needs to change."""

    user: int | None = None
    groups: list[int] | None = field(default=None)

    def give(self, path: Path) -> None:
        if self.user is not None:
            os.chown(path, self.user, -1)

    def let_in(self, folder: Path) -> None:
        """Let the account walk down to a folder, through the group of each closed parent.

        Only the group gets the right to pass: other users of the machine see no more than before.
        """
        if self.user is None or self.groups is None:
            return
        for parent in (folder, *folder.parents):
            facts = parent.stat()
            if facts.st_mode & 0o001 or facts.st_uid == self.user:
                continue
            if facts.st_gid not in self.groups:
                self.groups.append(facts.st_gid)
            if not facts.st_mode & GROUP_SEARCH:
                parent.chmod(facts.st_mode & 0o7777 | GROUP_SEARCH)

    def let_read(self, folder: Path) -> None:
        """Open a folder of programs that a strict umask has closed."""
        if self.user is None or folder.stat().st_mode & 0o005 == 0o005:
            return
        for path in (folder, *folder.rglob("*")):
            mode = path.stat().st_mode
            search = GROUP_SEARCH if mode & 0o100 else 0
            path.chmod(mode & 0o7777 | GROUP_READ | search)


def unprivileged() -> Account:
    """Return the account for PostgreSQL: us, or for root a user made for it (once)."""
    if os.geteuid() != 0:
        return Account()
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        entry = _make_user()
    return Account(user=entry.pw_uid, groups=[os.getegid()])


def _make_user() -> pwd.struct_passwd:
    """Make the user; a machine without useradd has at least `nobody`."""
    program = shutil.which("useradd")
    if program is not None:
        subprocess.run(  # noqa: S603
            [program, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME],
            check=False,
            capture_output=True,
        )
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return pwd.getpwnam("nobody")
