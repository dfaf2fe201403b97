"""A real language model in this process, from the GGUF file that the operator names.

`MEGAHUB_LOCAL_GGUF=/models/some-model.gguf` makes it `local/some-model` for every brand. It needs
the extra of requirements/local.in; nothing is loaded before the first question, since a process
that forks after loading hangs. One question at a time: two share the same cores and both crawl.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings

from ai_providers.asking import ChatRequest, Piece
from ai_providers.dialects import openai_chat
from ai_providers.failures import ProviderFailure, Reason

CONTEXT_TOKENS = 8_192
INSTALL = "python -m pip install -r requirements/local.in"
_one_at_a_time = threading.Lock()


def model_name() -> str:
    """The model's name here: that of its file; empty: the operator names none."""
    return Path(settings.LOCAL_GGUF).stem if settings.LOCAL_GGUF else ""


def unavailable() -> str:
    """Say what is missing before anything is queued; empty: it can answer."""
    path = Path(settings.LOCAL_GGUF)
    if find_spec("xllamacpp") is None:
        return f"The local model needs an extra that is not installed: {INSTALL}, then restart."
    if not path.is_file() or not os.access(path, os.R_OK):
        return "MEGAHUB_LOCAL_GGUF names a file that is not there, or that the hub may not read."
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            return "The file that MEGAHUB_LOCAL_GGUF names is no GGUF file."
    return ""


@cache
def _server(path: str, _pid: int) -> Any:
    import xllamacpp  # noqa: PLC0415  (an extra, and only when it is asked)

    wanted = xllamacpp.CommonParams()
    wanted.model.path = path
    wanted.n_ctx, wanted.n_parallel = CONTEXT_TOKENS, 1
    # Two threads on a busy machine of two cores are slower than one.
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = max(os.cpu_count() or 2, 2) // 2
    return xllamacpp.Server(wanted)


async def pieces(request: ChatRequest) -> AsyncIterator[Piece]:
    """Yield the answer as the model writes it; whoever stops reading stops it."""
    if why := unavailable():
        raise ProviderFailure(Reason.MODEL_UNKNOWN, why)
    body = openai_chat.body_of(request, model=model_name(), limit_name="max_tokens")
    body |= {"stream": True, "stream_options": {"include_usage": True}}
    running, chunks, left = asyncio.get_running_loop(), asyncio.Queue[Any](), threading.Event()

    def tell(chunk: Any) -> bool:
        """Called by the engine's thread for each piece; True ends it."""
        running.call_soon_threadsafe(chunks.put_nowait, chunk)
        return left.is_set()

    def work() -> None:
        with _one_at_a_time:
            if not left.is_set():
                refused = _server(settings.LOCAL_GGUF, os.getpid()).handle_chat_completions(
                    body, tell
                )
                if refused:
                    tell(refused)

    task = running.run_in_executor(None, work)
    task.add_done_callback(lambda _done: chunks.put_nowait(None))
    try:
        while (chunk := await chunks.get()) is not None:
            yield _piece(chunk)
        if error := task.exception():
            raise ProviderFailure(Reason.SERVER_ERROR, f"The local model failed: {error}")
        yield Piece(done=True)
    finally:
        left.set()


def _piece(chunk: Any) -> Piece:
    if "error" in chunk:
        said = str(chunk["error"].get("message", ""))
        raise ProviderFailure(Reason.INPUT_REFUSED, f"The local model refuses: {said}")
    piece = openai_chat.chunk(chunk)
    piece.model = model_name()
    return piece
