"""The tests run on the real services, in the versions the hub promises."""

import pytest
import redis
from django.conf import settings
from django.db import connection


@pytest.mark.django_db
def test_tests_run_on_postgresql_18_and_a_valkey_that_answers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT version()")
        assert cursor.fetchone()[0].startswith("PostgreSQL 18")
    assert redis.Redis.from_url(settings.CACHES["default"]["LOCATION"]).ping()
