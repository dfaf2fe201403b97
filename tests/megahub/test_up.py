"""`manage.py up` with real processes and real signals."""

import os
import re
import signal
import stat
import subprocess
import time
from urllib.parse import urlsplit

import psycopg
import pytest

from megahub import running
from megahub.embedded import free_port
from tests.machine import within
from tests.megahub.hub_process import HubProcess, refused

pytestmark = pytest.mark.slow
GONE_SECONDS = 5
LATER_START_SECONDS = 6


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A data folder after its first start: most tests begin there, the start takes seconds."""
    hub = HubProcess(tmp_path_factory.mktemp("first") / "data")
    hub.wait_for("/healthz")
    hub.end()
    return hub.data


@pytest.fixture
def start(tmp_path, request):
    """Starts hubs on one data folder, and ends what a failed test has left."""
    hubs = []
    if "first_start" not in request.keywords:
        source = request.getfixturevalue("prepared")
        subprocess.run(["cp", "-a", source, tmp_path / "data"], check=True)

    def start_hub(**wanted):
        hubs.append(HubProcess(tmp_path / "data", **wanted))
        return hubs[-1]

    yield start_hub
    for hub in hubs:
        hub.end()


def wait_until_gone(hub, before):
    deadline = time.monotonic() + within(GONE_SECONDS)
    left = before
    while left and time.monotonic() < deadline:
        left = hub.descendants()
        time.sleep(0.05)
    assert not left


@pytest.mark.first_start
def test_a_first_start_makes_everything_and_term_stops_everything(start):
    hub = start()
    hub.wait_for("/readyz")
    assert running.read(hub.data)["port"] == hub.port
    for secret in ("secret_key", "postgres.password", "running.json"):
        assert stat.S_IMODE((hub.data / secret).stat().st_mode) == 0o600
    before = hub.descendants()
    assert {"postgres", "valkey-server", "web", "worker", "sweeper"} <= {
        name for line in before.values() for name in re.findall(r"[\w-]+", line)
    }
    hub.wait_for_text("MEGAHUB is ready")
    assert hub.end(signal.SIGTERM) == 0
    assert re.search(r"sign in as admin with the password [\w-]{16}\n", hub.text())
    assert "\x1b[" not in hub.text()  # a file is no terminal
    wait_until_gone(hub, before)
    assert running.read(hub.data) == {}


def test_a_second_start_is_quick_and_says_no_password(start):
    hub = start()
    assert hub.wait_for("/readyz") < within(LATER_START_SECONDS)
    assert hub.end() == 0
    assert "password" not in hub.text()


def test_ctrl_c_stops_everything_quickly(start):
    hub = start()
    hub.wait_for("/healthz")
    before = hub.descendants()
    begun = time.monotonic()
    assert hub.end(signal.SIGINT) == 0
    assert time.monotonic() - begun < within(5)
    wait_until_gone(hub, before)


def test_a_stop_gives_long_jobs_back_and_the_next_start_goes_on_with_them(start):
    hub = start(MEGAHUB_SHUTDOWN_SECONDS="0.5")
    hub.wait_for("/readyz")
    job = hub.create_job("sleep", {"seconds": 600})
    hub.wait_for_row("status = 'running' AND attempt = 1", job)
    assert hub.end() == 0
    again = start()
    again.wait_for("/readyz")
    again.wait_for_row("attempt = 2 AND losses = 0", job)


def test_kill_leaves_no_process_and_the_next_start_recovers(start):
    hub = start()
    hub.wait_for("/healthz")
    before = hub.descendants()
    hub.end(signal.SIGKILL)
    wait_until_gone(hub, before)
    assert (hub.data / running.FILE).exists()  # nobody could forget it
    again = start()
    again.wait_for("/readyz")
    assert running.read(again.data)["port"] == again.port


@pytest.mark.first_start
def test_kill_while_it_starts_leaves_no_process(start):
    hub = start()
    hub.wait_for_text("preparing")
    before = hub.descendants()
    hub.end(signal.SIGKILL)
    wait_until_gone(hub, before)


def test_a_start_right_after_a_kill_waits_for_what_is_left(start):
    hub = start()
    hub.wait_for("/healthz")
    hub.end(signal.SIGKILL)
    start().wait_for("/healthz")


def test_dead_children_are_started_again(start):
    hub = start()
    hub.wait_for("/readyz")
    for name in ("web", "postgres -D", "valkey-server"):
        pid = next(pid for pid, line in hub.descendants().items() if f"{name} " in line)
        os.kill(pid, signal.SIGKILL)
        while pid in hub.descendants():
            time.sleep(0.02)
    hub.wait_for_text("again", times=3)
    hub.wait_for("/readyz")
    assert "web ended (killed by SIGKILL); starting it again in 0.5 s" in hub.text()
    assert "Postgres ended; starting it again" in hub.text()


def test_what_a_running_hub_holds_is_refused_to_another(start, tmp_path):
    hub = start()
    hub.wait_for("/healthz")
    code, _out, said = refused(MEGAHUB_DATA=str(hub.data), PORT=str(free_port()))
    assert code == 1
    assert f"is held by another hub (process {hub.process.pid})" in said
    code, _out, said = refused(MEGAHUB_DATA=str(tmp_path / "other"), PORT=str(hub.port))
    assert code == 1
    assert f"port {hub.port} is taken by another program" in said
    assert not (tmp_path / "other").exists()
    assert hub.get("/healthz")[0] == 200  # and nothing was damaged


def test_a_stale_pid_file_with_a_strangers_pid_is_no_obstacle(start, tmp_path):
    data = tmp_path / "data"
    file = data / "postgres" / "postmaster.pid"
    file.write_text(f"{os.getpid()}\n{data}/postgres\n1\n5432\n\n127.0.0.1\n\nready\n")
    start().wait_for("/healthz")


@pytest.mark.first_start
def test_given_services_are_used_and_nothing_embedded_starts(start, own_database):
    hub = start(DATABASE_URL=own_database, REDIS_URL=os.environ["REDIS_URL"])
    hub.wait_for("/readyz")
    lines = " ".join(hub.descendants().values())
    assert "postgres -D" not in lines
    assert "valkey-server" not in lines
    assert not (hub.data / "postgres").exists()
    assert hub.end() == 0


@pytest.fixture
def own_database():
    """An empty database on the tests' own server."""
    given = os.environ["DATABASE_URL"]
    with psycopg.connect(given, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS test_given")
        connection.execute("CREATE DATABASE test_given")
        yield urlsplit(given)._replace(path="/test_given").geturl()
        connection.execute("DROP DATABASE test_given WITH (FORCE)")
