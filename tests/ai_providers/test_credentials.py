"""Keys at rest: sealed, bound to their provider, rotated, and nowhere to be read."""

from __future__ import annotations

import json
import logging
import pickle
import stat
from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from ai_providers import credentials
from ai_providers.models import Provider
from brands import sealing
from tests import factories
from tests.ai_providers.conftest import CANARY
from tests.ai_providers.test_calls import run


def test_a_key_comes_back_as_it_was(people, make_provider):
    provider = Provider.objects.get(pk=make_provider(people.brand).pk)
    assert credentials.open_key(provider).reveal() == CANARY
    assert provider.key_last4 == CANARY[-4:]


def test_a_short_key_shows_nothing_of_itself(people, make_provider):
    assert make_provider(people.brand, key="abcd1234").key_last4 == ""


def test_a_key_opens_only_on_the_row_that_it_was_sealed_for(people, make_provider):
    mine = make_provider(people.brand)
    thief = make_provider(people.other_brand, key="sk-something-else-00")
    thief.sealed_key = mine.sealed_key
    with pytest.raises(credentials.CannotOpen):
        credentials.open_key(thief)


def test_the_key_file_is_made_once_and_is_the_owners_alone(settings):
    sealing.fernet()
    path = settings.DATA / sealing.FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    sealing._fernet_of.cache_clear()
    sealing.fernet()
    assert path.read_bytes() == before


def test_keys_are_rotated_and_the_old_one_may_go(people, make_provider, settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.CREDENTIAL_KEYS = old
    provider = make_provider(people.brand)
    settings.CREDENTIAL_KEYS = f"{new},{old}"
    call_command("rotate_credentials", stdout=StringIO())
    settings.CREDENTIAL_KEYS = new
    provider.refresh_from_db()
    assert credentials.open_key(provider).reveal() == CANARY
    settings.CREDENTIAL_KEYS = Fernet.generate_key().decode()
    with pytest.raises(credentials.CannotOpen, match="MEGAHUB_CREDENTIAL_KEYS"):
        credentials.open_key(provider)
    with pytest.raises(CommandError, match="acme"):
        call_command("rotate_credentials", stdout=StringIO())


def test_a_lost_key_fails_the_job_with_a_sentence(people, job_types, make_provider, settings):
    make_provider(people.brand)
    settings.CREDENTIAL_KEYS = Fernet.generate_key().decode()
    job = run(people.brand, "ok")
    assert (job.status, job.failure_class) == ("failed", "provider_refused")
    assert "enter the provider's key anew" in job.error_message


def test_a_secret_does_not_show_itself():
    secret = credentials.Secret(CANARY)
    assert CANARY not in f"{secret!r} {secret} {[secret]} {vars(type(secret))}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def everything_in_the_database() -> str:
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT t::text FROM {name} t")
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


def text_of(answer) -> str:
    return b"".join(answer).decode() if answer.streaming else answer.content.decode()


PAGES_OF_A_JOB = ("", "events/", "logs/", "artifacts/", "configuration/", "history/")


@pytest.mark.usefixtures("job_types")
def test_a_canary_key_is_nowhere_to_be_found(people, make_provider, owner_api, caplog, capfd):
    """Answers, errors that quote it, logs, events, exports, the admin, the database, repr."""
    caplog.set_level(logging.DEBUG)
    brand = people.brand
    provider = make_provider(brand, models=["ok", "e401", "cut", "e500"])
    jobs = [run(brand, model) for model in ("ok", "e401", "cut", "e500")]
    seen = [everything_in_the_database(), repr(provider), str(provider)]
    for job in jobs:
        for tail in ("", "logs/", "events/", "status/", "logs/?format=text"):
            seen.append(text_of(owner_api.get(f"/ai/jobs/{job.pk}/{tail}")))
    addresses = (
        "/ai/providers/", f"/ai/providers/{provider.pk}/", "/ai/jobs/", "/ai/usage/",
        "/ai/usage/export/", "/ai/usage/export/?format=json", "/ai/providers/quota/",
        f"/ai/providers/{provider.pk}/quota/", "/ai/jobs/dashboard/", "/ai/job-types/",
    )  # fmt: skip
    seen += [text_of(owner_api.get(address)) for address in addresses]
    seen.append(text_of(owner_api.get("/ai/jobs/export/?format=json")))

    client = Client()
    client.force_login(factories.make_superuser("root-of-all"))
    pages = [f"/admin/ai_providers/provider/{provider.pk}/change/", "/admin/ai_providers/provider/"]
    pages += ["/admin/ai_providers/providercall/", "/admin/ai_usage/aijobusage/"]
    pages += [
        "/",
        "/jobs/",
        *(f"/jobs/{job.job_id}/{tab}" for job in jobs for tab in PAGES_OF_A_JOB),
    ]
    for page in pages:
        answer = client.get(page, follow=True)
        assert answer.status_code == 200, page
        seen.append(text_of(answer))
    seen.append(json.dumps([record.getMessage() for record in caplog.records]))
    seen.append(str(capfd.readouterr()))
    assert all(CANARY not in text for text in seen)
    assert any("HTTP 401" in text for text in seen)  # the quoted key was cut out of the sentence


def test_the_admin_keeps_a_key_that_is_not_entered_anew(people, make_provider, client):
    provider = make_provider(people.brand)
    client.force_login(factories.make_superuser("root-of-all"))
    form = {
        "brand": people.brand.pk, "name": "acme", "kind": "openai_compatible",
        "base_url": provider.base_url, "is_active": "on", "model_names": '["ok"]',
        "position": "5", "api_key": "",
    }  # fmt: skip
    answer = client.post(f"/admin/ai_providers/provider/{provider.pk}/change/", form)
    assert answer.status_code == 302, answer.content[:3000]
    again = Provider.objects.get(pk=provider.pk)
    assert (again.sealed_key, again.position) == (provider.sealed_key, 5)
    form["base_url"] = "https://collector.example.com/v1"
    answer = client.post(f"/admin/ai_providers/provider/{provider.pk}/change/", form)
    assert answer.status_code == 200
    assert Provider.objects.get(pk=provider.pk).base_url == provider.base_url
