"""The built-in job types do real work, say what they cannot do, and stop when they are told to."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import translation

from ai_core.errors import InvalidInput
from ai_core.execution import registry
from ai_core.execution.protocol import Draft, JobStopped
from ai_core.models import AIJob, AIJobType
from ai_core.services import JobService
from ai_core.text import analysis
from tests import factories
from tests.machine import within

SAMPLES = Path(analysis.__file__).parent / "samples"
TYPES = ("content_analysis", "text_summary")
SPANISH = "El curso de verano empieza mañana y todos los alumnos están muy contentos. " * 12


def sample(language: str) -> str:
    return (SAMPLES / f"{language}.md").read_text()


def run(kind: str, **wanted: Any) -> AIJob:
    brand = factories.make_brand()
    job = JobService.create_job(kind, wanted, None, brand)
    return JobService.process_job(job.pk)


def report_of(job: AIJob) -> str:
    artifact = job.artifacts.get(name="report.md")
    with default_storage.open(artifact.path) as file:
        return file.read().decode()


def ask(kind: str, **wanted: Any) -> Any:
    executor = registry.executor_named(kind)
    return executor.analyse(
        Draft(job_type=kind, input_data=wanted, brand=factories.make_brand(), user_id=None)
    )


class StoppingContext:
    """A context whose job is cancelled at the n-th time that the executor asks."""

    attempt = 1
    job_id = "ai_job_stopping"
    stop_reason = ""

    def __init__(self, wanted: dict[str, Any], *, after: int) -> None:
        self.input = wanted
        self.left = after
        self.asked: list[float] = []

    def check(self) -> None:
        self.asked.append(time.monotonic())
        self.left -= 1
        if self.left <= 0:
            raise JobStopped("cancelled")

    def __getattr__(self, name: str) -> Any:
        return lambda *_args, **_named: None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "keyword", "heading"),
    [("fr", "clients", "## Mots clés"), ("en", "lesson", "## Keywords")],
)
def test_an_analysis_finds_language_and_keywords_and_leaves_a_report_in_the_texts_language(
    language, keyword, heading
):
    job = run("content_analysis", text=sample(language), focus_keyword=keyword)
    result = job.data.result_data
    assert (job.status, job.progress_percentage) == ("completed", 100)
    assert result["language"]["code"] == language
    assert keyword in [row["text"] for row in result["keywords"]]
    assert result["seo"]["hints"]
    report = report_of(job)
    assert heading in report
    assert result["seo"]["hints"][0]["message"] in report.replace("\\", "")


@pytest.mark.django_db
def test_the_stages_are_those_that_the_type_announces_and_all_end_well():
    job = run("content_analysis", text=sample("en"))
    announced = AIJobType.objects.get(name="content_analysis").stages
    assert list(job.stages.values_list("name", flat=True)) == announced
    assert set(job.stages.values_list("state", flat=True)) == {"completed"}
    assert job.logs.filter(message__startswith="keywords: ").exists()


@pytest.mark.django_db
def test_the_report_answers_in_the_language_asked_for_whatever_the_worker_speaks():
    with translation.override("en"):
        job = run("content_analysis", text=sample("en"), hints_language="fr")
    assert "## Mots clés" in report_of(job)


@pytest.mark.django_db
def test_a_text_cannot_put_markup_of_its_own_into_the_report():
    text = "# <script>alert(1)</script>\n\n" + "See [me](javascript:x) and `code` here. " * 10
    report = report_of(run("content_analysis", text=text))
    assert "<script" not in report.replace("\\<", "")
    assert "](javascript" not in report


@pytest.mark.django_db
def test_a_summary_quotes_the_text_and_keeps_to_the_length_asked_for():
    job = run("text_summary", text=sample("fr"), sentences=3, max_characters=400)
    result = job.data.result_data
    plain = " ".join(sample("fr").split())
    assert 1 <= result["sentence_count"] <= 3
    assert len(result["text"]) <= 400
    assert all(" ".join(one.split()) in plain for one in result["sentences"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "code"), [("Two words.", "too_short"), (SPANISH, "language_not_read")]
)
def test_what_a_text_does_not_allow_is_said_in_result_and_log(text, code):
    job = run("content_analysis", text=text)
    assert job.status == "completed"
    notes = {note["code"]: note["text"] for note in job.data.result_data["notes"]}
    assert code in notes
    assert job.logs.filter(level="warning", message=notes[code]).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TYPES)
def test_a_blank_text_is_refused_before_it_becomes_a_job(kind):
    with pytest.raises(InvalidInput) as refused:
        run(kind, text=" \n\t")
    assert "input_data.text" in refused.value.errors


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TYPES)
def test_markup_without_a_word_fails_as_input_and_is_not_tried_again(kind):
    job = run(kind, text="<html><!-- nothing --></html>")
    assert (job.status, job.failure_class, job.error_code) == ("failed", "input", "INPUT_REFUSED")
    assert job.attempt == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wanted",
    [{}, {"text": 5}, {"text": "a", "language": "de"}, {"text": "a", "unknown": 1}],
)
@pytest.mark.parametrize("kind", TYPES)
def test_input_that_the_schema_does_not_know_is_refused(kind, wanted):
    with pytest.raises(InvalidInput):
        run(kind, **wanted)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TYPES)
def test_analyse_says_words_language_and_duration_before_anything_runs(kind):
    found = ask(kind, text=sample("fr"))
    assert found.facts["language"] == "fr"
    assert found.facts["words"] > 400
    assert 0 < found.duration_seconds < 1
    assert not found.problems
    assert not found.warnings


@pytest.mark.django_db
def test_analyse_warns_in_the_readers_language_and_answers_soon_for_a_megabyte():
    with translation.override("fr"):
        assert any("Langue autre" in one for one in ask("text_summary", text=SPANISH).warnings)
    long = (sample("en") + "\n\n") * 350
    begun = time.monotonic()
    found = ask("content_analysis", text=long[:1_000_000])
    assert time.monotonic() - begun < within(2)
    assert found.facts["words"] > 150_000
    assert found.duration_seconds > 1


@pytest.mark.parametrize("kind", TYPES)
def test_a_long_run_asks_often_whether_to_stop_and_then_stops(kind):
    text = ((sample("fr") + "\n\n") * 330)[:1_000_000]
    ctx = StoppingContext({"text": text}, after=40)
    executor = registry.executor_named(kind)
    begun = time.monotonic()
    with pytest.raises(JobStopped):
        executor.run(ctx)
    assert len(ctx.asked) == 40
    gaps = [b - a for a, b in zip([begun, *ctx.asked], ctx.asked, strict=False)]
    assert max(gaps) < 3  # 0.4 s on an idle machine; a cancel may take five


def test_analyses_in_threads_do_not_disturb_each_other():
    results: list[Any] = []

    def work(language: str) -> None:
        results.append((language, analysis.analyse(sample(language))["language"]["code"]))

    threads = [threading.Thread(target=work, args=(lang,)) for lang in ("fr", "en") * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(results) == 8
    assert all(asked == found for asked, found in results)
