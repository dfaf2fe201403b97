"""The Markdown: chapters, what each call is for, its curl line and its answer."""

import json
from datetime import UTC, datetime
from http.client import responses

from megahub.api_docs import paper
from megahub.api_docs.call import Call, Chapter
from megahub.api_docs.hub import Answer
from megahub.api_docs.steady import Steady

MOST_LINES = 12


class Page:
    def __init__(self, opening: str) -> None:
        self.parts = [opening.strip()]
        self.steady = Steady(datetime.now(UTC).date())

    def chapter(self, chapter: Chapter) -> None:
        self.parts.append(f"## {chapter.title}")
        if chapter.about:
            self.parts.append(chapter.about.strip())

    def call(self, call: Call, answer: Answer) -> None:
        self.parts += [
            f"### `{call.at}`",
            call.does,
            f"```sh\n{self.steady.text(answer.command)}\n```",
            self._answer(call, answer),
        ]

    def _answer(self, call: Call, answer: Answer) -> str:
        head = f"{answer.status} {responses[answer.status]}"
        named = [f"{name}: {answer.headers[name.lower()]}" for name in call.shown_headers]
        told = self.steady.text("\n".join([f"HTTP/1.1 {head}", *named]))
        if not answer.text:
            return f"```http\n{told}\n```"
        body, kind = self._body(call, answer), "jsonc" if answer.is_json else "text"
        if named or answer.status != 200:
            return f"```http\n{told}\n```\n\n```{kind}\n{body}\n```"
        return f"```{kind}\n{body}\n```"

    def _body(self, call: Call, answer: Answer) -> str:
        if answer.is_json:
            # Steady first: no id is cut in half.
            value = json.loads(self.steady.text(json.dumps(answer.json(), ensure_ascii=False)))
            value = paper.chosen(value, call.show)
            return paper.written(paper.shortened(value, brief=call.brief))
        lines = self.steady.text(answer.text).rstrip().splitlines()
        cut = [line if len(line) <= 240 else f"{line[:240]}…" for line in lines[:MOST_LINES]]
        more = len(lines) - len(cut)
        return "\n".join([*cut, *([f"… and {more} more lines"] if more else [])])

    def text(self) -> str:
        return "\n\n".join(self.parts) + "\n"
