"""`manage.py rotate_sealed`: afterwards the newest key opens everything, and the old one may go."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from ai_providers.models import Provider
from ai_training import signing
from ai_training.models import SigningSecret
from brands.models import SecondFactor
from brands.sealing import fernet
from brands.sign_in import factors
from megahub.management.commands.rotate_sealed import columns
from tests import factories


def everything_sealed():
    return [
        sealed
        for model, name in columns()
        for sealed in model._base_manager.exclude(**{name: ""}).values_list(name, flat=True)
    ]


def test_after_it_the_old_key_may_go(people, settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.CREDENTIAL_KEYS = old
    secret = factors.begin(people.owner)
    job = factories.make_training(people.owner, people.brand)
    signed_with = signing.new_secret(job).reveal()
    factories.make_provider(people.brand)
    assert {SecondFactor, SigningSecret, Provider} <= {model for model, _name in columns()}
    settings.CREDENTIAL_KEYS = f"{new},{old}"
    call_command("rotate_sealed", stdout=StringIO())
    settings.CREDENTIAL_KEYS = new
    assert factors.begin(people.owner) == secret
    assert signing.newest_secret(job).reveal() == signed_with
    found = everything_sealed()
    assert len(found) >= 3
    assert all(fernet().decrypt(sealed.encode()) for sealed in found)
    settings.CREDENTIAL_KEYS = Fernet.generate_key().decode()
    with pytest.raises(CommandError, match=r"brands\.SecondFactor"):
        call_command("rotate_sealed", stdout=StringIO())


def test_what_seals_stands_in_columns_that_it_knows():
    """One whose text is sealed must be named so: the command finds it by that."""
    known = {f"{model._meta.label}.{name}" for model, name in columns()}
    assert known == {
        "ai_core.OvhKey.sealed_secret",
        "ai_notices.Webhook.sealed_address",
        "ai_notices.Webhook.sealed_before",
        "ai_notices.Webhook.sealed_secret",
        "ai_providers.Provider.sealed_key",
        "ai_training.SigningSecret.sealed",
        "brands.SecondFactor.sealed",
    }
