"""Takes what is due out of the outbox and delivers it; any number of hands may do so at once.

A delivery is leased for longer than a try may take, and `attempts` is its fence: whoever was given
up and comes back writes into the log what came of it, and changes nothing else. A hand that dies
in the middle leaves the delivery to another one, which sends the same id again.
"""

from __future__ import annotations

import logging
import smtplib
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import connection

from ai_notices import mail, posting, retries, webhooks
from ai_notices.models import Attempt, Delivery, Preference, Webhook
from ai_notices.posting import Result
from ai_notices.recipients import Readers
from ai_notices.troubles import told_off

log = logging.getLogger(__name__)

LEASE_SECONDS = 60
AT_ONCE_A_WEBHOOK = 4
FAILING_AT_MOST = timedelta(days=3)
MAILS_APART_SECONDS = 60
MOST_IN_A_MAIL = 50
GONE = 410
State = Delivery.State

# Of each webhook its oldest delivery is looked at, by an index, so that one with a long line of
# waiting ones costs no more than another; one that fails is tried by one hand at a time.
_CLAIM = f"""
WITH one AS (
  SELECT d.id FROM ai_notices_webhook w
  JOIN brands_brand b ON b.id = w.brand_id AND b.is_active
  CROSS JOIN LATERAL (
    SELECT id, due_at FROM ai_notices_delivery d
    WHERE d.webhook_id = w.id AND d.state = 'waiting' AND d.due_at <= clock_timestamp()
    ORDER BY d.due_at LIMIT 1 FOR UPDATE SKIP LOCKED) d
  WHERE w.off = '' AND (
    SELECT count(*) FROM ai_notices_delivery o
    WHERE o.webhook_id = w.id AND o.state = 'waiting' AND o.leased_until > clock_timestamp()
  ) < CASE WHEN w.failing_since IS NULL THEN {AT_ONCE_A_WEBHOOK} ELSE 1 END
  ORDER BY d.due_at LIMIT 1)
UPDATE ai_notices_delivery d SET attempts = d.attempts + 1,
  leased_until = clock_timestamp() + make_interval(secs => %s),
  due_at = clock_timestamp() + make_interval(secs => %s)
FROM one WHERE d.id = one.id RETURNING d.id
"""  # noqa: S608

# All that is due to one person goes into one mail, and the next one is a while away.
_CLAIM_MAIL = """
WITH person AS (
  SELECT d.user_id FROM ai_notices_delivery d
  WHERE d.state = 'waiting' AND d.user_id IS NOT NULL AND d.due_at <= clock_timestamp()
    AND NOT EXISTS (
      SELECT FROM ai_notices_delivery o WHERE o.user_id = d.user_id AND (
        o.delivered_at > clock_timestamp() - make_interval(secs => %s)
        OR (o.state = 'waiting' AND o.leased_until > clock_timestamp())))
  ORDER BY d.due_at LIMIT 1
), theirs AS (
  SELECT d.id FROM ai_notices_delivery d JOIN person p ON p.user_id = d.user_id
  WHERE d.state = 'waiting' AND d.due_at <= clock_timestamp()
  ORDER BY d.id LIMIT %s FOR UPDATE OF d SKIP LOCKED)
UPDATE ai_notices_delivery d SET attempts = d.attempts + 1,
  leased_until = clock_timestamp() + make_interval(secs => %s),
  due_at = clock_timestamp() + make_interval(secs => %s)
FROM theirs WHERE d.id = theirs.id RETURNING d.id
"""


def deliver_one() -> bool:
    """Deliver to one webhook what is due; False: nothing is."""
    found = _claimed(_CLAIM, [LEASE_SECONDS, LEASE_SECONDS])
    if not found:
        return False
    delivery = found[0]
    hook = delivery.webhook
    assert hook is not None  # noqa: S101  (the claim asked for it)
    settle(delivery, hook, posting.post(hook, delivery.message))
    return True


def mail_one() -> bool:
    """Send one person what has gathered for them; False: nothing has."""
    wanted = [MAILS_APART_SECONDS, MOST_IN_A_MAIL, LEASE_SECONDS, LEASE_SECONDS]
    found = _claimed(_CLAIM_MAIL, wanted)
    if not found:
        return False
    _settle_mail(found, _mailed(found))
    return True


def _claimed(statement: str, arguments: Sequence[int]) -> list[Delivery]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        ids = [row[0] for row in cursor.fetchall()]
    rows = Delivery.objects.select_related("message__brand", "webhook", "user")
    return list(rows.filter(pk__in=ids).order_by("message__at", "pk")) if ids else []


# ---------------------------------------------------------------------- webhooks
def settle(delivery: Delivery, hook: Webhook, result: Result) -> bool:
    """Write down how a try ended; False: it was no longer ours."""
    _log([delivery], result)
    if result.is_ok:
        mine = _move(delivery, state=State.DELIVERED, delivered_at=datetime.now(UTC))
        Webhook.objects.filter(pk=hook.pk).update(failing_since=None, last_ok_at=datetime.now(UTC))
        return mine
    mine = _again(delivery, result)
    _note_failure(hook, result)
    return mine


def _again(delivery: Delivery, result: Result) -> bool:
    tries = delivery.attempts - delivery.attempts_before
    pause = retries.pause_after(tries, wished=result.retry_after)
    if pause is None:
        return _move(delivery, state=State.GIVEN_UP)
    return _move(delivery, due_at=datetime.now(UTC) + pause)


def _move(delivery: Delivery, **changes: object) -> bool:
    mine = Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts, state=State.WAITING)
    return bool(mine.update(leased_until=None, **changes))


def _note_failure(hook: Webhook, result: Result) -> None:
    now = datetime.now(UTC)
    rows = Webhook.objects.filter(pk=hook.pk, off="")
    rows.filter(failing_since__isnull=True).update(failing_since=now)
    why = Webhook.Off.NOT
    if result.status == GONE:
        why = Webhook.Off.GONE
    elif rows.filter(failing_since__lt=now - FAILING_AT_MOST).exists():
        why = Webhook.Off.FAILING
    if why and webhooks.switch_off(hook, why):
        log.warning("webhook %s is switched off: %s", hook.pk, why)
        told_off(hook)


def _log(deliveries: Sequence[Delivery], result: Result) -> None:
    at = datetime.now(UTC)
    rows = [
        Attempt(
            delivery=one, number=one.attempts, at=at, seconds=round(result.seconds, 3),
            status=result.status, error_code=result.code, error=result.error, answer=result.answer,
        )
        for one in deliveries
    ]  # fmt: skip
    Attempt.objects.bulk_create(rows, ignore_conflicts=True)


# ---------------------------------------------------------------------- mails
def _mailed(deliveries: Sequence[Delivery]) -> Result:
    user = deliveries[0].user
    readers = Readers.of([user.pk]) if user else Readers()
    messages = [
        one.message for one in deliveries if user and readers.may_read(user.pk, one.brand_id)
    ]
    if user is None or not messages:
        return Result(code="NOT_THEIRS", error="The person may not read this any more.")
    begun = time.monotonic()
    chosen = Preference.objects.filter(user=user).values_list("language", flat=True).first()
    try:
        mail.send(user, messages, language=chosen or "en")
    except (smtplib.SMTPException, OSError) as error:
        return Result(seconds=time.monotonic() - begun, code="MAIL_FAILED", error=str(error)[:500])
    return Result(seconds=time.monotonic() - begun)


def _settle_mail(deliveries: Sequence[Delivery], result: Result) -> None:
    _log(deliveries, result)
    for one in deliveries:
        if result.is_ok:
            _move(one, state=State.DELIVERED, delivered_at=datetime.now(UTC))
        elif result.code == "NOT_THEIRS":
            _move(one, state=State.GIVEN_UP)
        else:
            _again(one, result)


def forget_old(older_than: timedelta) -> int:
    """Delete what was told long ago, a small batch at a time."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH old AS (
              SELECT id FROM ai_notices_message
              WHERE created_at < clock_timestamp() - make_interval(days => %s)
              ORDER BY created_at LIMIT 1000 FOR UPDATE SKIP LOCKED
            ), theirs AS (
              SELECT id FROM ai_notices_delivery WHERE message_id IN (SELECT id FROM old)
            ), tries AS (
              DELETE FROM ai_notices_attempt WHERE delivery_id IN (SELECT id FROM theirs)
            ), gone AS (
              DELETE FROM ai_notices_delivery WHERE id IN (SELECT id FROM theirs)
            )
            DELETE FROM ai_notices_message WHERE id IN (SELECT id FROM old)
            """,
            [older_than.days],
        )
        return cursor.rowcount
