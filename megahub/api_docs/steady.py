"""What changes from run to run, made the same: the page differs only where the API does."""

import base64
import hashlib
import re
import uuid
from datetime import date

DAY = date(2026, 1, 31)
MOMENT = re.compile(r"\b20[2-8]\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+\d\d:\d\d)?")
DATE = re.compile(r"\b20[2-8]\d-\d\d-\d\d\b(?!T)")
TIMED = (
    "execution_time_seconds|avg_execution_seconds|p95_execution_seconds|executed_seconds|"
    "usual_seconds|long_seconds|first_token_ms|active_seconds"
)
RULES = [
    (r"http://(localhost|127\.0\.0\.1):\d+", "http://localhost:8000"),
    (r"mh_[a-z0-9]{10}_([\w-]+|…)", "mh_…"),
    (r'("(?:key|prefix|key_prefix)": ")[a-z0-9]{10}"', r'\1k3v9qpl2m5"'),
    (r"(/ai/artifacts/)[\w:.-]{20,}", r"\1eyJ…"),
    (r"(cursor=)[\w%-]{20,}", r"\1Wy…"),
    (r"\blocal-[0-9a-f]{24}\b", "local-5f0e4f6e9d595e1f3b6a8d4e"),
    (r"(?m)^id: [jb]1-[\w-]+", "id: j1-47-16f-…"),
    (r"\b20\d{6}-\d{6}\b", "20260131-143000"),  # in the name of an export
    (r"\A1[78]\d{8}\Z", "1769869800"),  # the clock
    (r"\bmsg_[a-z2-7]{24}", "msg_…"),
    (r"\bwhsec_[\w+/=-]+", "whsec_…"),
    (r'("(?:spent|cost|projected|amount|remaining)": ")0\.0*[1-9]\d*"', r'\g<1>0.001250"'),
    (r'("period_start": ")[\d-]+', r"\g<1>2026-01-01"),
    (rf'("(?:{TIMED})": )[\d.]+', r"\g<1>1.25"),
    (r'("ended_at": "[^"]*", "seconds": )[\d.]+', r"\g<1>0.25"),
    (r'("upstream_status": null, "seconds": )[\d.]+', r"\g<1>0.25"),
    (r"(?m),\d+\.\d{1,3}(,|\r?$)", r",1.25\1"),  # in a row of CSV
]


class Steady:
    """Gives each id the name that it has in every run: by the order in which ids appear."""

    def __init__(self, today: date) -> None:
        self.shift = DAY - today
        self.names: dict[str, str] = {}

    def text(self, text: str) -> str:
        for pattern, instead in RULES:
            text = re.sub(pattern, instead, text)
        text = re.sub(r"ai_job_[a-z2-7]{26}", self._job, text)
        text = re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", self._uuid, text)
        text = re.sub(r"\b([0-9a-f]{64}|[0-9a-f]{32})\b", self._digest, text)
        text = MOMENT.sub(lambda found: f"{DAY}T14:30:00{found[2] or ''}", text)
        return DATE.sub(self._day, text)

    def _known(self, found: str, make: str) -> str:
        return self.names.setdefault(found, make)

    def _seed(self, kind: str) -> bytes:
        return hashlib.sha256(f"{kind} {len(self.names)}".encode()).digest()

    def _job(self, found: re.Match[str]) -> str:
        word = base64.b32encode(self._seed("job")).decode().lower()[:26]
        return self._known(found[0], f"ai_job_{word}")

    def _uuid(self, found: re.Match[str]) -> str:
        return self._known(found[0], str(uuid.UUID(bytes=self._seed("uuid")[:16], version=4)))

    def _digest(self, found: re.Match[str]) -> str:
        return self._known(found[0], self._seed("digest").hex()[: len(found[0])])

    def _day(self, found: re.Match[str]) -> str:
        try:
            return str(date.fromisoformat(found[0]) + self.shift)
        except ValueError:
            return found[0]
