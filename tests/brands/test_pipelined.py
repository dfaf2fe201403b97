"""Many statements in one message: answered in order, and each transaction all or nothing."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection

from brands.pipelined import Pipeline, Refused
from brands.prepared import Statement

pytestmark = pytest.mark.django_db(transaction=True)
WRITE = Statement("SELECT pg_logical_emit_message(true, 'test', repeat('x', 1000))", ())
PLACE = Statement("SELECT pg_current_wal_insert_lsn()", ())


def said(text, *values):
    return Statement(text, values)


def piped(act):
    """Run `act(pipeline)` on an event loop of its own."""

    async def run():
        with ThreadPoolExecutor(1) as thread:
            pipeline = Pipeline("test", thread)
            try:
                return await act(pipeline)
            finally:
                pipeline.close()

    return asyncio.run(run())


def one(text, *values):
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return cursor.fetchone()[0]


def test_each_statement_has_its_rows_and_each_transaction_its_answer():
    async def act(pipeline):
        double = "SELECT 2 * $1::int FROM generate_series(1, $1::int)"
        sent = [pipeline.send([said(double, str(n)), said("SELECT NULL")]) for n in range(4)]
        return await asyncio.gather(*sent)

    assert piped(act) == [[[(b"%d" % (2 * n),)] * n, [(None,)]] for n in range(4)]


def test_what_a_statement_insists_on_undoes_all_of_it_and_nothing_else(people):
    name = "UPDATE brands_brand SET name = $1 WHERE id = $2::bigint"
    pk = str(people.brand.pk)

    async def act(pipeline):
        insists = said("SELECT hub_must($1::boolean, 'so it must be')", "false")
        sent = [
            pipeline.send([said(name, "One", pk)]),
            pipeline.send([said(name, "Two", pk), insists, said("SELECT 1 AS never_prepared")]),
        ]
        return await asyncio.gather(*sent, return_exceptions=True)

    done, refused = piped(act)
    assert done == [[]]
    assert isinstance(refused, Refused)
    assert "so it must be" in str(refused)
    people.brand.refresh_from_db()
    assert people.brand.name == "One"


def test_a_message_larger_than_any_buffer_goes_through():
    text = "é" * 3_000_000

    async def act(pipeline):
        return await pipeline.send([said("SELECT length($1::text)", text)] * 2)

    assert piped(act) == [[(b"3000000",)]] * 2


@pytest.mark.parametrize("alone", [False, True])
def test_what_is_kept_is_on_the_disk_when_it_is_answered(alone):
    async def act(pipeline):
        places = []
        for _ in range(5):
            (_written, ((place,),)) = await pipeline.send([WRITE, PLACE], kept=True, alone=alone)
            flushed = await asyncio.to_thread(_flushed)
            places.append((place.decode(), flushed))
        return places

    for place, flushed in piped(act):
        assert one("SELECT %s::pg_lsn >= %s::pg_lsn", flushed, place)


def test_a_connection_that_is_cut_fails_what_is_under_way_and_nothing_afterwards():
    async def act(pipeline):
        (((pid,),),) = await pipeline.send([said("SELECT pg_backend_pid()")])
        waiting = asyncio.ensure_future(pipeline.send([said("SELECT pg_sleep(30)")]))
        await asyncio.sleep(0)
        thread = asyncio.to_thread(_terminate, int(pid))
        raised, _ = await asyncio.gather(waiting, thread, return_exceptions=True)
        return raised, await pipeline.send([said("SELECT 1")])

    raised, after = piped(act)
    assert isinstance(raised, OperationalError | Refused)
    assert after == [[(b"1",)]]


def _flushed():
    try:
        return one("SELECT pg_current_wal_flush_lsn()::text")
    finally:
        connection.close()


def _terminate(pid):
    try:
        assert one("SELECT pg_terminate_backend(%s)", pid)
    finally:
        connection.close()
