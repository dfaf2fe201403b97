"""Start a hub with demo content, make every call of the chapters, write docs/api.md."""

import sys
from pathlib import Path

from megahub.api_docs import (
    calls_jobs,
    calls_notices,
    calls_older,
    calls_surroundings,
    calls_training,
)
from megahub.api_docs.hub import a_hub
from megahub.api_docs.page import Page

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "docs" / "api.md"
OPENING = Path(__file__).with_name("opening.md")
CHAPTERS = [
    *calls_jobs.CHAPTERS,
    *calls_surroundings.CHAPTERS,
    *calls_notices.CHAPTERS,
    *calls_training.CHAPTERS,
    *calls_older.CHAPTERS,
    *calls_training.OLDER_CHAPTERS,
]


def main() -> int:
    page = Page(OPENING.read_text())
    with a_hub() as hub:
        for chapter in CHAPTERS:
            page.chapter(chapter)
            for call in chapter.calls:
                page.call(call, hub.make(call))
    TARGET.write_text(page.text())
    print(f"{TARGET.relative_to(ROOT)}: {sum(len(one.calls) for one in CHAPTERS)} calls")
    return 0


if __name__ == "__main__":
    sys.exit(main())
