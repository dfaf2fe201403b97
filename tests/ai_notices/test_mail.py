"""Mails: one for all that has gathered, in the person's language, to nobody who has left."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from ai_core.brand_notices import BrandNotice, tell
from ai_notices import delivering, journal
from ai_notices.models import Attempt, Delivery, Preference
from brands.models import Membership, Role
from megahub import environment
from tests import factories
from tests.ai_notices.acts import make_due, run

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(people):
    people.owner.email = "owner@example.com"
    people.owner.save()
    Preference.objects.create(user=people.owner, mail_kinds=["job.completed"], language="fr")
    return people.owner


def two_jobs(people) -> None:
    for name in ("Premier <b>", "Second"):
        run(factories.make_job(people.owner, people.brand, description=name))
    journal.read_on()
    make_due()


def sent() -> int:
    for number in range(20):
        if not delivering.mail_one():
            return number
    raise AssertionError("it never ends")


def test_what_has_gathered_goes_into_one_mail_in_the_language_of_its_reader(people, owner):
    two_jobs(people)
    assert sent() == 1
    (message,) = mail.outbox
    assert message.to == ["owner@example.com"]
    assert message.subject == "[Owls] 2 notifications"
    assert "« Premier <b> » est terminé" in message.body
    assert "/settings/notifications/" in message.body
    ((html, kind),) = [(part.content, part.mimetype) for part in message.alternatives]
    assert kind == "text/html"
    assert "Premier &lt;b&gt;" in html
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_the_next_mail_is_a_minute_away(people, owner):
    two_jobs(people)
    assert sent() == 1
    two_jobs(people)
    assert sent() == 0
    Delivery.objects.filter(state="delivered").update(
        delivered_at=datetime.now(UTC) - timedelta(minutes=2)
    )
    assert sent() == 1


def test_one_notice_is_the_subject_and_its_id_stays_the_same(people, owner):
    run(factories.make_job(people.owner, people.brand, description="Nightly\nreport"))
    journal.read_on()
    make_due()
    sent()
    first = mail.outbox[0]
    assert first.subject == "[Owls] « Nightly report » est terminé"
    Delivery.objects.update(state="waiting", delivered_at=None)
    make_due()
    sent()
    assert mail.outbox[1].extra_headers["Message-ID"] == first.extra_headers["Message-ID"]


def test_a_mail_server_that_refuses_is_tried_again(people, owner, monkeypatch):
    def refuses(*_args, **_kwargs):
        raise smtplib.SMTPServerDisconnected("go away")

    monkeypatch.setattr("ai_notices.mail.send", refuses)
    two_jobs(people)
    assert sent() == 1
    assert set(Attempt.objects.values_list("error_code", flat=True)) == {"MAIL_FAILED"}
    monkeypatch.undo()
    make_due()
    assert sent() == 1
    assert len(mail.outbox) == 1


def test_who_has_left_meanwhile_gets_no_mail(people, owner):
    two_jobs(people)
    Membership.objects.filter(user=owner).delete()
    sent()
    assert mail.outbox == []
    assert set(Delivery.objects.values_list("state", flat=True)) == {"given_up"}


def test_a_notice_of_the_brand_goes_to_its_managers_and_to_whom_it_concerns(people, owner):
    boss = factories.make_member(people.brand, Role.MANAGER, username="boss")
    for user in (boss, people.colleague, people.stranger):
        user.email = f"{user.username}@example.com"
        user.save()
    Preference.objects.filter(user=owner).delete()
    facts = {"brand_id": people.brand.pk, "kind": "quota_threshold", "at": datetime.now(UTC)}
    notice = BrandNotice(
        **facts, key="quota-1", level="warning", text="80 %", people=(owner.pk, people.stranger.pk)
    )
    tell([notice])
    tell([notice])
    make_due()
    assert sent() == 2
    assert {one.to[0] for one in mail.outbox} == {"boss@example.com", "owner@example.com"}


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("smtp://me:p%40ss@mail.example.com", ("mail.example.com", 587, True, False)),
        ("smtps://mail.example.com", ("mail.example.com", 465, False, True)),
        ("smtp://localhost:25?tls=0", ("localhost", 25, False, False)),
    ],
)
def test_a_mail_server_is_read_from_its_address(monkeypatch, url, wanted):
    monkeypatch.setenv("MAIL", url)
    found = environment.mail_server("MAIL")
    told = found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]
    assert told == wanted
    if "me:" in url:
        assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("me", "p@ss")
