"""What is measured: the mock by itself, the hub's gateway, LiteLLM's proxy; each in processes."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import peers
from megahub.embedded import free_port

START_SECONDS = 120
LITELLM = """
model_list:
  - model_name: m-1
    litellm_params: {{model: openai/m-1, api_base: "{base}", api_key: sk-mock}}
general_settings: {{master_key: sk-litellm}}
litellm_settings: {{drop_params: true, telemetry: false, num_retries: 0}}
"""


@contextmanager
def started(command: list[str], ready: str, **environment: str) -> Iterator[int]:
    """Run a server until the block ends; yields its pid once it answers."""
    # An empty value takes a name away: the hub's own services are none of the peer's.
    given = {name: value for name, value in {**os.environ, **environment}.items() if value}
    process = subprocess.Popen(
        command, env=given, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        until = time.monotonic() + START_SECONDS
        while not _answers(ready):
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"it does not start: {' '.join(command)}")
            time.sleep(0.2)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@contextmanager
def mock() -> Iterator[str]:
    port = free_port()
    command = [
        sys.executable, "-m", "uvicorn", "bench.gateway.mock:app", "--port", str(port),
        "--log-level", "error", "--no-access-log",
    ]  # fmt: skip
    with started(command, f"http://127.0.0.1:{port}/"):
        yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def litellm(base: str, folder: Path) -> Iterator[tuple[str, str, int]]:
    """LiteLLM's proxy with one worker, its documented settings for production, no database."""
    port = free_port()
    config = folder / "litellm.yaml"
    config.write_text(LITELLM.format(base=base))
    command = [
        str(Path(peers.python_of("litellm")).parent / "litellm"), "--config", str(config),
        "--port", str(port), "--host", "127.0.0.1", "--num_workers", "1",
    ]  # fmt: skip
    quiet = {
        "LITELLM_LOG": "ERROR",
        "LITELLM_MODE": "PRODUCTION",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "DATABASE_URL": "",
        "REDIS_URL": "",
    }
    with started(command, f"http://127.0.0.1:{port}/health/liveliness", **quiet) as pid:
        yield f"http://127.0.0.1:{port}/v1", "sk-litellm", pid


@contextmanager
def hub(key: str) -> Iterator[tuple[str, str, int]]:
    port = free_port()
    command = [sys.executable, "manage.py", "web"]
    with started(command, f"http://127.0.0.1:{port}/healthz", PORT=str(port)) as pid:
        yield f"http://127.0.0.1:{port}/v1", key, pid


def memory(pid: int) -> float:
    """Resident megabytes (PSS) of a process and its children."""
    pids = [pid, *_children(pid)]
    return sum(_pss(one) for one in pids) / 1024


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *_children(int(child))]
    return found


def _pss(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
