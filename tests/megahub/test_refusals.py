"""Every wrong value: one line that says what to do, an exit code, no traceback, nothing touched."""

import os
import socket
from urllib.parse import urlsplit

import pytest

from megahub.embedded import free_port
from tests.megahub.hub_process import refused

NOBODY_LISTENS = free_port()


def other_password(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.username}:wrong@{parts.hostname}:{parts.port}").geturl()


WRONG = {
    "port is a word": ({"PORT": "abc"}, "PORT is 'abc': use a whole number"),
    "port is too large": ({"PORT": "65536"}, "PORT is '65536': use a whole number"),
    "demo is a word": ({"MEGAHUB_DEMO": "perhaps"}, "MEGAHUB_DEMO is 'perhaps': use 1 or 0"),
    "hosts have a scheme": ({"MEGAHUB_HOSTS": "https://a.example"}, "MEGAHUB_HOSTS has 'https://"),
    "hosts have a port": ({"MEGAHUB_HOSTS": "a.example:80"}, "MEGAHUB_HOSTS has 'a.example:80'"),
    "log is unknown": ({"MEGAHUB_LOG": "xml"}, "MEGAHUB_LOG is 'xml': use json or pretty"),
    "bind is no address": ({"MEGAHUB_BIND": "203.0.113.9"}, "mend MEGAHUB_BIND"),
    "database is no address": ({"DATABASE_URL": "my database"}, "DATABASE_URL starts with"),
    "database port is a word": ({"DATABASE_URL": "postgresql://h:x/d"}, "DATABASE_URL cannot be"),
    "database is mysql": ({"DATABASE_URL": "mysql://h/d"}, "DATABASE_URL starts with 'mysql'"),
    "nobody listens for database": (
        {"DATABASE_URL": f"postgresql://u:p@127.0.0.1:{NOBODY_LISTENS}/d"},
        f"PostgreSQL at 127.0.0.1:{NOBODY_LISTENS} does not let us in",
    ),
    "sealing key is a word": (
        {"MEGAHUB_CREDENTIAL_KEYS": "secretword"},
        "MEGAHUB_CREDENTIAL_KEYS: key 1 is none",
    ),
    "secret key is a word": (
        {"MEGAHUB_SECRET_KEY": "secretword"},
        "MEGAHUB_SECRET_KEY is too short",
    ),
    "issuer without a client": (
        {"MEGAHUB_OIDC_ISSUER": "https://login.example"},
        "MEGAHUB_OIDC_ISSUER needs MEGAHUB_OIDC_CLIENT_ID and MEGAHUB_OIDC_CLIENT_SECRET",
    ),
    "issuer in the clear": (
        {"MEGAHUB_OIDC_ISSUER": "http://login.example"},
        "MEGAHUB_OIDC_ISSUER is not https://",
    ),
    "who joins manages": (
        {
            "MEGAHUB_OIDC_ISSUER": "https://login.example",
            "MEGAHUB_OIDC_CLIENT_ID": "hub",
            "MEGAHUB_OIDC_CLIENT_SECRET": "secretword",
            "MEGAHUB_OIDC_JOIN": "owls:manager",
        },
        "MEGAHUB_OIDC_JOIN is 'owls:manager': use brand:viewer or brand:member",
    ),
    "redis is http": ({"REDIS_URL": "http://h/0"}, "REDIS_URL starts with 'http'"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("wrong", "says"), WRONG.values(), ids=WRONG)
def test_a_wrong_value_is_one_line_that_says_what_to_do(tmp_path, wrong, says):
    wanted = {"MEGAHUB_DATA": str(tmp_path / "data"), "PORT": str(free_port()), **wrong}
    code, _out, said = refused(**wanted)
    assert code == 1
    assert says in said
    assert said.startswith("MEGAHUB does not start: ")
    assert "secretword" not in said
    assert said.count("\n") == 1


@pytest.mark.slow
def test_a_wrong_password_is_refused_without_showing_it(tmp_path):
    wanted = {"MEGAHUB_DATA": str(tmp_path / "data"), "PORT": str(free_port())}
    for name in ("DATABASE_URL", "REDIS_URL"):
        code, _out, said = refused(
            **{**os.environ, **wanted, name: other_password(os.environ[name])}
        )
        assert code == 1
        assert said.startswith(f"MEGAHUB does not start: {name}: ")
        assert said.count("\n") == 1
        assert "wrong@" not in said


@pytest.mark.slow
def test_an_unreachable_valkey_is_refused(tmp_path):
    code, _out, said = refused(
        MEGAHUB_DATA=str(tmp_path / "data"),
        PORT=str(free_port()),
        DATABASE_URL=os.environ["DATABASE_URL"],
        REDIS_URL=f"redis://127.0.0.1:{NOBODY_LISTENS}/0",
    )
    assert code == 1
    assert "REDIS_URL: no Valkey or Redis lets us in there" in said
    assert said.count("\n") == 1


@pytest.mark.slow
def test_a_data_folder_that_is_a_file_stays_as_it_is(tmp_path):
    file = tmp_path / "data"
    file.write_text("mine")
    code, _out, said = refused(MEGAHUB_DATA=str(file), PORT=str(free_port()))
    assert code == 1
    assert "which is a file: name a folder" in said
    assert said.count("\n") == 1
    assert file.read_text() == "mine"


@pytest.mark.slow
def test_a_data_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    for data in (tmp_path / "file" / "below", "/proc/megahub"):
        code, _out, said = refused(MEGAHUB_DATA=str(data), PORT=str(free_port()))
        assert code == 1
        assert "MEGAHUB_DATA" in said
        assert said.count("\n") == 1


@pytest.mark.slow
def test_a_taken_port_is_refused_before_anything_is_made(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, _out, said = refused(MEGAHUB_DATA=str(tmp_path / "data"), PORT=str(port))
    assert code == 1
    assert f"port {port} is taken by another program" in said
    assert not (tmp_path / "data").exists()
