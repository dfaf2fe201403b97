"""A new version's migrations run beside a hub that works: none may lock for long or break old code.

What was there before the first release is as it is; every later migration is held to the rules.
"""

from __future__ import annotations

import io
import re
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.commands.migrate import Command as Migrate
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import StateApps

from megahub.management.commands import migrate
from tests.ai_core import workbench

BEFORE_THE_RULES = {
    "ai_core": "0010", "ai_notices": "0002", "ai_providers": "0003", "ai_schedules": "0001",
    "ai_training": "0002", "ai_usage": "0001", "brands": "0004",
}  # fmt: skip
# They grow with jobs: a scan or a rewrite of them takes minutes.
LARGE = re.compile(
    r"ai_core_(aijob|aijobdata|jobevent|joblog|jobmetric|jobstage|artifact|idempotencykey)\b"
    r"|ai_providers_(providercall|quotahold|openaijob)\b|ai_usage_\w+|ai_notices_(message|delivery"
    r"|attempt)\b|ai_training_(trainingrun|metriclevel|delivery)\b|brands_auditentry\b"
)
# `contract: <why nobody needs it any more>` in a migration's text allows it to take away.
CONTRACT = re.compile(r"contract: \w+")

Rule = tuple[re.Pattern[str], str]
ON_LARGE: list[Rule] = [
    (re.compile(r"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)"),
     "writers wait for the whole index: AddIndexConcurrently, alone in a migration that is not "
     "atomic"),
    (re.compile(r"ADD CONSTRAINT(?!.*NOT VALID)"),
     "it scans the table under a lock: AddConstraintNotValid, then ValidateConstraint in another"),
    (re.compile(r"ALTER COLUMN \S+ (SET DATA )?TYPE"), "it rewrites the table: add a column"),
    (re.compile(r"ALTER COLUMN \S+ SET NOT NULL"),
     "it scans the table under a lock: a CHECK … NOT VALID, validated, does the same"),
    (re.compile(r"^\s*(UPDATE|DELETE FROM)\b"), "it locks every row: a sweeper does it in batches"),
    (re.compile(r"LOCK TABLE|VACUUM FULL|CLUSTER"), "everybody would wait"),
]  # fmt: skip
ON_ANY: list[Rule] = [
    (re.compile(r"ADD COLUMN (?!.*DEFAULT).*NOT NULL"), "old code does not fill it: db_default"),
    (re.compile(r"ALTER COLUMN \S+ DROP DEFAULT"), "old code does not fill it: db_default"),
    (re.compile(r"DROP COLUMN|DROP TABLE|RENAME (COLUMN|TO)"),
     "old code still reads it: stop reading it in one release, remove it in the next, and say "
     "`contract: <why>`"),
]  # fmt: skip
REFERENCED = re.compile(r'REFERENCES "?(\w+)"?')
TABLE = re.compile(r'(?:TABLE|ON|UPDATE|DELETE FROM)\s+(?:ONLY\s+)?"?(\w+)"?')
NEW_TABLE = re.compile(r'CREATE TABLE "?(\w+)"?')


def complaints(statements: list[str], text: str) -> list[str]:
    """What is wrong with the SQL of one migration."""
    made = {name for one in statements for name in NEW_TABLE.findall(one)}
    found = []
    used = {name for one in statements for name in TABLE.findall(one) + REFERENCED.findall(one)}
    used = {name for name in used - made if "_" in name}
    if len(used) > 1 and any(LARGE.search(one) for one in _altered(statements, made)):
        found.append(f"locks {', '.join(sorted(used))} at once: {TOGETHER}")
    for statement in statements:
        one = " ".join(line for line in statement.splitlines() if not line.startswith("--"))
        tables = [name for name in TABLE.findall(one) if name not in made]
        if not tables:
            continue
        rules = ON_ANY + (ON_LARGE if LARGE.search(tables[0]) else [])
        for pattern, why in rules:
            takes_away = "contract" in why and CONTRACT.search(text)
            if pattern.search(one) and not takes_away:
                found.append(f"{one[:120]} … {why}")
    return found


TOGETHER = "a transaction that holds one and wants the other dies of it: one table, one migration"


def _altered(statements: list[str], made: set[str]) -> set[str]:
    names = {name for one in statements for name in TABLE.findall(one)}
    return names - made


@pytest.fixture(scope="module")
def graph(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        return MigrationLoader(connection, replace_migrations=False)


def held_to_the_rules(graph):
    for (app, name), migration in sorted(graph.disk_migrations.items()):
        path = Path(settings.BASE_DIR) / app / "migrations" / f"{name}.py"
        if path.exists() and name[:4] > BEFORE_THE_RULES.get(app, "0000"):
            yield migration, path.read_text()


def sql_of(graph, migration):
    state: StateApps = graph.project_state((migration.app_label, migration.name), at_end=False)
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        migration.apply(state, editor, collect_sql=True)
    return [one for one in editor.collected_sql if not one.startswith("--")]


def test_every_new_migration_is_safe_beside_a_hub_that_works(graph, django_db_blocker):
    with django_db_blocker.unblock():  # in no transaction: a concurrent index stands in none
        found = {
            f"{migration.app_label}.{migration.name}": wrong
            for migration, text in held_to_the_rules(graph)
            if (wrong := complaints(sql_of(graph, migration), text))
        }
    assert found == {}


def test_every_new_migration_can_be_taken_back(graph):
    for migration, text in held_to_the_rules(graph):
        for operation in migration.operations:
            assert operation.reversible or CONTRACT.search(text), f"{migration}: {operation}"


def test_a_concurrent_index_stands_alone(graph):
    """Given up half-way, what stands before it in the same migration would be done twice."""
    for migration, _text in held_to_the_rules(graph):
        if not migration.atomic:
            assert len(migration.operations) == 1, migration


UNSAFE = [
    'CREATE INDEX "x" ON "ai_core_aijob" ("stage")',
    'ALTER TABLE "ai_core_joblog" ADD CONSTRAINT "c" CHECK (number > 0)',
    'ALTER TABLE "ai_core_aijob" ALTER COLUMN "stage" TYPE text',
    'ALTER TABLE "ai_core_aijob" ALTER COLUMN "stage" SET NOT NULL',
    "UPDATE ai_core_aijob SET stage = ''",
    'ALTER TABLE "ai_core_queue" ADD COLUMN "x" integer NOT NULL',
    'ALTER TABLE "ai_core_queue" DROP COLUMN "description" CASCADE',
    'ALTER TABLE "ai_core_queue" RENAME COLUMN "a" TO "b"',
]
SAFE = [
    'CREATE INDEX CONCURRENTLY "x" ON "ai_core_aijob" ("stage")',
    'ALTER TABLE "ai_core_joblog" ADD CONSTRAINT "c" CHECK (number > 0) NOT VALID',
    'ALTER TABLE "ai_core_aijob" ADD COLUMN "x" integer NULL',
    'ALTER TABLE "ai_core_aijob" ADD COLUMN "x" integer DEFAULT 0 NOT NULL',
    'CREATE INDEX "x" ON "ai_core_queue" ("name")',
]


@pytest.mark.parametrize("statement", UNSAFE)
def test_the_rules_see_what_would_hurt(statement):
    assert complaints([statement], "")


def test_the_rules_see_two_tables_that_are_locked_together():
    new = 'CREATE TABLE "x_y" ("b" bigint REFERENCES "brands_brand" ("id"))'
    assert complaints([SAFE[3]], "") == complaints([new], "") == []
    assert "at once" in complaints([SAFE[3], new], "")[0]


@pytest.mark.parametrize("statement", SAFE)
def test_the_rules_let_pass_what_does_not(statement):
    assert complaints([statement], "") == []


def test_what_is_new_or_announced_may_be_anything():
    assert complaints(['CREATE TABLE "ai_core_aijob" (x int)', UNSAFE[0]], "") == []
    assert complaints([UNSAFE[6]], "# contract: no release since 1.2 reads it") == []


# ---------------------------------------------------------------------- waiting for locks
@pytest.mark.django_db(transaction=True)
def test_migrate_lets_others_pass_and_tries_again(monkeypatch):
    """Somebody holds the table; readers who come behind the migration wait for it, not for them."""
    held, done = threading.Event(), threading.Event()

    def hold(_number):
        with transaction.atomic():
            workbench.sql("SELECT count(*) FROM ai_core_queue")
            held.set()
            assert done.wait(30)

    def change(*_args, **_options):
        if len(tries) == 2:
            done.set()  # the other has finished
        tries.append(1)
        with transaction.atomic():
            workbench.sql("LOCK TABLE ai_core_queue IN ACCESS EXCLUSIVE MODE")

    tries: list[int] = []
    monkeypatch.setattr(Migrate, "handle", change)
    monkeypatch.setattr(migrate, "LOCK_MS", 100)
    monkeypatch.setattr(migrate.time, "sleep", lambda _seconds: None)
    holder = threading.Thread(target=workbench.at_once, args=(1, hold))
    holder.start()
    try:
        assert held.wait(20)
        out = io.StringIO()
        call_command("migrate", stderr=out)
    finally:
        done.set()
        holder.join()
    assert len(tries) >= 3
    assert "trying again (2)" in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_migrate_clears_an_index_that_was_given_up():
    workbench.sql("CREATE INDEX half_made ON ai_core_queue (description)")
    # Only a superuser may mark it invalid: a look-alike of the catalogue does.
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE pg_index (indexrelid oid, indisvalid boolean)")
        cursor.execute("INSERT INTO pg_index SELECT 'half_made'::regclass, false")
        cursor.execute("SET search_path = pg_temp, public, pg_catalog")
    try:
        migrate._drop_half_made_indexes(connection)
        assert workbench.sql("SELECT to_regclass('half_made')") == [(None,)]
    finally:
        workbench.sql("RESET search_path")
        workbench.sql("DROP TABLE pg_temp.pg_index")
        workbench.sql("DROP INDEX IF EXISTS half_made")
