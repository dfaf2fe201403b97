"""The second factor of a person: begun, confirmed, asked for, taken away."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Any

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from brands.audit import sign_ins
from brands.models import SecondFactor
from brands.sealing import CannotOpen, fernet
from brands.sign_in import totp

RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def is_set(user: Any) -> bool:
    return SecondFactor.objects.filter(user=user.pk, confirmed_at__isnull=False).exists()


def codes_left(user: Any) -> int:
    """How many recovery codes are unused."""
    kept = SecondFactor.objects.filter(user=user.pk).values_list("recovery", flat=True).first()
    return len(kept or [])


def is_required(user: Any) -> bool:
    return settings.REQUIRE_SECOND_FACTOR and bool(user.is_staff or user.is_superuser)


def begin(user: Any) -> str:
    """Return the secret that the phone is to learn; one that is confirmed is never shown again."""
    kept = SecondFactor.objects.filter(user=user.pk).first()
    if kept is not None and kept.confirmed_at is None:
        return _opened(kept)
    secret = totp.new_secret()
    SecondFactor.objects.get_or_create(user=user, defaults={"sealed": _sealed(user.pk, secret)})
    return _opened(SecondFactor.objects.get(user=user.pk))


@transaction.atomic
def confirm(user: Any, code: str) -> list[str] | None:
    """Turn it on when the phone knows the secret; return the recovery codes, shown this once."""
    factor = SecondFactor.objects.select_for_update().filter(user=user.pk).first()
    if factor is None or factor.confirmed_at is not None:
        return None
    step = totp.step_of(_opened(factor), _plain(code))
    if step is None:
        return None
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    SecondFactor.objects.filter(user=user.pk).update(
        confirmed_at=timezone.now(), last_step=step, recovery=[_digest(one) for one in codes]
    )
    sign_ins.tell("account.second_factor_set", user)
    return [f"{one[:5]}-{one[5:]}" for one in codes]


def passes(user: Any, code: str) -> bool:
    """Does the code open, now and this once? A recovery code is used up."""
    factor = SecondFactor.objects.filter(user=user.pk, confirmed_at__isnull=False).first()
    if factor is None:
        return False
    given = _plain(code)
    step = totp.step_of(_opened(factor), given)
    if step is not None:  # the guarded UPDATE: of two with the same code, one comes in
        fresh = SecondFactor.objects.filter(user=user.pk, last_step__lt=step)
        return fresh.update(last_step=step) == 1
    return _uses_up(user, given)


@transaction.atomic
def _uses_up(user: Any, given: str) -> bool:
    factor = SecondFactor.objects.select_for_update().get(user=user.pk)
    wanted = _digest(given)
    left = [one for one in factor.recovery if not hmac.compare_digest(one, wanted)]
    if len(left) == len(factor.recovery):
        return False
    SecondFactor.objects.filter(user=user.pk).update(recovery=left)
    sign_ins.tell("account.recovery_code_used", user, left=len(left))
    return True


@transaction.atomic
def remove(user: Any) -> None:
    if SecondFactor.objects.filter(user=user.pk).delete()[0]:
        sign_ins.tell("account.second_factor_removed", user)


def _plain(code: str) -> str:
    return code.strip().lower().replace(" ", "").replace("-", "")[:20]


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()  # 49 random bits, and guesses are counted


def _sealed(user_id: int, secret: str) -> str:
    return fernet().encrypt(f"{user_id}:{secret}".encode()).decode()


def _opened(factor: SecondFactor) -> str:
    """A secret that was moved to another person's row opens nothing."""
    try:
        owner, _colon, secret = fernet().decrypt(factor.sealed.encode()).decode().partition(":")
    except InvalidToken:
        raise CannotOpen("No key of ours opens this second factor.") from None
    if owner != str(factor.user_id):
        raise CannotOpen("This second factor was sealed for another person.")
    return secret
