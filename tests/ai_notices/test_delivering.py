"""From the outbox to a webhook: signed, again and again, and what a receiver may do to us."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from standardwebhooks.webhooks import Webhook as Official
from standardwebhooks.webhooks import WebhookVerificationError

from ai_core import brand_notices
from ai_notices import delivering, journal, outbox, posting, retries, webhooks
from ai_notices.models import Attempt, Delivery, Message, Webhook
from brands.errors import Invalid
from brands.models import Role
from tests import factories
from tests.ai_notices.acts import make_due, read_and_deliver, run

pytestmark = pytest.mark.django_db


def one_job(people, **details):
    return run(factories.make_job(people.owner, people.brand, **details))


def test_the_official_library_accepts_what_is_sent(people, listen, hook_to):
    listener = listen()
    made = hook_to(listener)
    job = one_job(people)
    assert read_and_deliver() == 1
    (heard,) = listener.heard
    said = Official(made.secret.reveal()).verify(heard.body, heard.headers)
    assert said["type"] == "job.completed"
    assert said["data"]["job_id"] == job.job_id
    assert heard.headers["content-type"] == "application/json"
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("delivered", 1)
    attempt = Attempt.objects.get()
    assert (attempt.status, attempt.answer, attempt.error_code) == (204, "", "")


def test_during_a_rotation_both_secrets_verify_and_afterwards_the_new_one_only(
    people, listen, hook_to
):
    listener = listen()
    made = hook_to(listener)
    new = webhooks.rotate(made.webhook)
    one_job(people)
    read_and_deliver()
    for secret in (made.secret, new):
        Official(secret.reveal()).verify(listener.heard[0].body, listener.heard[0].headers)
    Webhook.objects.update(before_until=datetime.now(UTC) - timedelta(seconds=1))
    one_job(people)
    read_and_deliver()
    heard = listener.heard[1]
    Official(new.reveal()).verify(heard.body, heard.headers)
    with pytest.raises(WebhookVerificationError):
        Official(made.secret.reveal()).verify(heard.body, heard.headers)


def test_what_fails_is_sent_again_with_the_same_id_and_body(people, listen, hook_to):
    listener = listen(500, 503, 204)
    hook_to(listener)
    one_job(people)
    for _ in range(3):
        read_and_deliver()
        make_due()
    first, *others = listener.heard
    assert [(one.id, one.body) for one in others] == [(first.id, first.body)] * 2
    assert Delivery.objects.get().state == "delivered"
    assert list(Attempt.objects.order_by("number").values_list("status", flat=True)) == [
        500, 503, 204,
    ]  # fmt: skip


def test_the_schedule_is_that_of_standard_webhooks_and_ends():
    total = timedelta()
    for tries, seconds in enumerate([5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400], 1):
        pause = retries.pause_after(tries)
        assert pause is not None
        assert 0.9 * seconds <= pause.total_seconds() <= 1.1 * seconds
        total += pause
    assert retries.pause_after(10) is None
    assert timedelta(days=2.7) < total < timedelta(days=3.6)
    wished = retries.pause_after(1, wished=600)
    assert wished == timedelta(seconds=600)


def test_after_the_last_try_it_is_given_up_and_can_be_sent_again(people, listen, hook_to):
    listener = listen(500)
    hook_to(listener)
    one_job(people)
    for _ in range(10):
        read_and_deliver()
        make_due()
    delivery = Delivery.objects.get()
    assert delivery.state == "given_up"
    assert read_and_deliver() == 0
    listener.answers = [204]
    webhooks.resend(delivery)
    assert read_and_deliver() == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("delivered", 11)
    assert len({heard.id for heard in listener.heard}) == 1


def test_a_receiver_may_ask_for_patience(people, listen, hook_to):
    listener = listen((503, {"Retry-After": "1200"}))
    hook_to(listener)
    one_job(people)
    read_and_deliver()
    left = Delivery.objects.get().due_at - datetime.now(UTC)
    assert timedelta(minutes=19) < left <= timedelta(minutes=20)


def test_gone_switches_it_off_at_once_and_tells_the_brand(people, listen, hook_to):
    manager = factories.make_member(people.brand, Role.MANAGER)
    manager.email = "manager@example.com"
    manager.save()
    listener = listen(410)
    made = hook_to(listener)
    for _ in range(2):
        one_job(people)
    read_and_deliver()
    made.webhook.refresh_from_db()
    assert made.webhook.off == "gone"
    assert len(listener.heard) == 1
    assert set(Delivery.objects.filter(webhook=made.webhook).values_list("state", flat=True)) == {
        "given_up"
    }
    (notice,) = brand_notices.recent(people.brand)
    assert notice.kind == "webhook_disabled"
    assert brand_notices.recent(people.other_brand) == []
    mail = Delivery.objects.get(user__isnull=False)
    assert (mail.user, mail.message.kind) == (manager, "webhook.disabled")


def test_three_days_of_failures_switch_it_off_and_one_success_begins_anew(people, listen, hook_to):
    listener = listen(500)
    made = hook_to(listener)
    one_job(people)
    read_and_deliver()
    made.webhook.refresh_from_db()
    assert made.webhook.is_on
    assert made.webhook.failing_since is not None
    listener.answers = [204, 500]
    make_due()
    read_and_deliver()
    made.webhook.refresh_from_db()
    assert made.webhook.failing_since is None
    Webhook.objects.update(failing_since=datetime.now(UTC) - timedelta(days=3, minutes=1))
    one_job(people)
    read_and_deliver()
    made.webhook.refresh_from_db()
    assert made.webhook.off == "failing"
    webhooks.switch_on(made.webhook)
    listener.answers = [204]
    one_job(people)
    assert read_and_deliver() == 1


# ---------------------------------------------------------------------- targets that misbehave
def dribble(handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort")
    handler.close_connection = True


def hang(handler) -> None:
    time.sleep(2)


def garbage(handler) -> None:
    handler.wfile.write(b"\x00\xff lorem ipsum\r\n\r\n")
    handler.close_connection = True


def flood(handler) -> None:
    handler.wfile.write(b"HTTP/1.1 500 No\r\n\r\n" + b"x" * 200_000)
    handler.close_connection = True


@pytest.mark.parametrize(
    "case",
    [
        (hang, "CALL_TIMED_OUT"),
        (garbage, "ANSWER_INVALID"),
        (flood, "HTTP_500"),
        ((302, {"Location": "http://169.254.169.254/"}), "REDIRECTED"),
        ((307, {"Location": "http://127.0.0.1/"}), "REDIRECTED"),
        (400, "HTTP_400"),
    ],
)
def test_a_target_that_misbehaves_is_a_failure_with_its_name(
    people, listen, hook_to, monkeypatch, case
):
    answer, code = case
    limits = posting.outbound.Limits(connect=0.5, idle=0.5, total=0.5, size=2**20)
    monkeypatch.setattr(posting, "LIMITS", limits)
    listener = listen(answer)
    hook_to(listener)
    one_job(people)
    read_and_deliver()
    attempt = Attempt.objects.get()
    assert attempt.error_code == code
    assert attempt.error
    assert len(attempt.answer) <= posting.KEPT
    assert len(listener.heard) == 1
    assert Delivery.objects.get().state == "waiting"


def test_a_status_counts_although_its_body_breaks_off(people, listen, hook_to):
    hook_to(listen(dribble))
    one_job(people)
    read_and_deliver()
    assert Delivery.objects.get().state == "delivered"


def test_nobody_there_is_a_failure(people, listen, hook_to):
    listener = listen()
    hook_to(listener)
    listener.close()
    one_job(people)
    read_and_deliver()
    assert Attempt.objects.get().error_code == "CONNECT_FAILED"
    listener._server.server_close = listener._server.shutdown = lambda: None


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1/", "http://10.1.2.3/", "http://[::1]/", "http://169.254.169.254/latest",
     "http://[::ffff:127.0.0.1]/", "ftp://example.com/", "http://user:pw@example.com/"],
)  # fmt: skip
def test_an_address_within_is_refused_when_it_is_entered(people, hook_to, address):
    with pytest.raises(Invalid) as refused:
        hook_to(address)
    assert set(refused.value.errors) == {"url"}


def test_a_name_that_leads_within_is_refused_when_it_is_called(people, hook_to):
    hook_to("http://localhost:9/")
    one_job(people)
    read_and_deliver()
    attempt = Attempt.objects.get()
    assert attempt.error_code == "ADDRESS_REFUSED"
    assert Delivery.objects.get().state == "waiting"


# ---------------------------------------------------------------------- at rest, and by whom
def test_secrets_and_slacks_address_are_unreadable_at_rest_and_bound_to_their_row(people, hook_to):
    made = hook_to("https://hooks.example.com/services/T0/B0/secret")
    slack = hook_to("https://hooks.slack.example/services/T0/B0/hidden", shape="slack")
    assert slack.secret.reveal() == ""
    assert "hidden" not in slack.webhook.shown_address
    rows = json.dumps(list(Webhook.objects.values()), default=str)
    assert "hidden" not in rows
    assert made.secret.reveal().removeprefix("whsec_") not in rows
    stolen = Webhook.objects.get(pk=made.webhook.pk)
    other = hook_to("https://hooks.example.com/other").webhook
    other.sealed_secret = stolen.sealed_secret
    with pytest.raises(webhooks.CannotOpen):
        webhooks.secrets_of(other)


def test_webhooks_are_sealed_anew_and_open_as_before(hook_to, capsys):
    made = hook_to("https://hooks.example.com/x")
    before = made.webhook.sealed_secret
    call_command("rotate_webhooks")
    made.webhook.refresh_from_db()
    assert made.webhook.sealed_secret != before
    assert webhooks.secrets_of(made.webhook)[0].reveal() == made.secret.reveal()
    Webhook.objects.update(sealed_address="broken")
    with pytest.raises(CommandError, match="hook 0"):
        call_command("rotate_webhooks")


def test_slack_gets_a_text_in_its_language_and_nothing_of_it_is_markup(people, listen, hook_to):
    listener = listen(200)
    hook_to(listener, shape="slack", language="fr")
    one_job(people, description="<!channel> & <https://evil.example|here>")
    read_and_deliver()
    (heard,) = listener.heard
    assert heard.json.keys() == {"text"}
    assert "&lt;!channel&gt; &amp;" in heard.json["text"]
    assert "terminé" in heard.json["text"]
    assert "webhook-signature" not in heard.headers


def test_a_hand_that_was_given_up_changes_nothing(people, listen, hook_to):
    made = hook_to(listen())
    one_job(people)
    journal.read_on()
    old = delivering._claimed(delivering._CLAIM, [60, 60])[0]
    make_due()
    new = delivering._claimed(delivering._CLAIM, [60, 60])[0]
    assert (old.pk, new.attempts) == (new.pk, old.attempts + 1)
    assert delivering.settle(new, made.webhook, posting.Result(status=200))
    assert not delivering.settle(old, made.webhook, posting.Result(status=500, code="HTTP_500"))
    assert Delivery.objects.get().state == "delivered"


def test_the_test_button_sends_a_message_of_its_own_kind(people, listen, hook_to):
    listener = listen()
    made = hook_to(listener)
    outbox.test_message(made.webhook, user=people.owner)
    assert read_and_deliver() == 1
    assert listener.heard[0].json["type"] == "webhook.test"


def test_old_messages_are_forgotten_with_their_log(people, listen, hook_to):
    hook_to(listen())
    one_job(people)
    read_and_deliver()
    assert delivering.forget_old(timedelta(days=30)) == 0
    Message.objects.update(created_at=datetime.now(UTC) - timedelta(days=31))
    assert delivering.forget_old(timedelta(days=30)) == 1
    assert not Attempt.objects.exists()
