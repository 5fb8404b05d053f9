"""A database of before the runs: its entries were rows of their own. They are read on, they prove
themselves, and what is moved now goes on from them.

The rows are written here as that house wrote them, with SQL and digests of the test's own.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator

import msgspec
import pytest
from ends import order, reading
from flow_stage import HandClock, Stage, staged

from counterfoil.flows.balance import proven
from counterfoil.flows.capture import listed
from counterfoil.flows.census import Window, census
from counterfoil.flows.hold import resend
from counterfoil.flows.trace import story
from counterfoil.store import pages, schema
from counterfoil.store.postgres import Database
from counterfoil.values.clock import instant
from counterfoil.values.ids import RecordId

OLDER = 5
PAGE = 40
AT = "2026-11-02T09:00:00Z"
MOMENT = instant(AT).to_stdlib()
CONFIRMED, HELD, LEFT_OUT, OVERTAKEN, NEWER = 256, 257, 258, 259, 270
"""Records as that house numbered them."""

LOSS = '{"losses":[{"code":"no-field","field":"tags","why":"no place"}]}'
ENTRIES = [
    (101, PAGE, [(one, 1, 0, [1], "") for one in (CONFIRMED, HELD, LEFT_OUT, OVERTAKEN)]),
    (102, PAGE, [(CONFIRMED, 2, 1, [2, 3], LOSS),
                 (HELD, 2, 1, [8], '{"code":"unmapped-value","said":"No Drone."}'),
                 (LEFT_OUT, 2, 1, [10], '{"code":"test","rule":"test orders"}')]),
    (103, PAGE, [(CONFIRMED, 3, 3, [4], '{"counterfoil":{"identity":"OR256","sent":"ab"}}')]),
    (104, PAGE, [(CONFIRMED, 4, 4, [5], '{"not_compared":["tags"]}')]),
    # The newer version of a document lies on another page, and there its older one stepped aside.
    (105, PAGE + 1, [(NEWER, 1, 0, [1, 8], '{"said":"unreadable"}'),
                     (OVERTAKEN, 2, 1, [12], f'{{"superseded_by":{NEWER}}}')]),
]  # fmt: skip
ENDS = {CONFIRMED: (5, 4), HELD: (8, 2), LEFT_OUT: (10, 2), OVERTAKEN: (12, 2), NEWER: (8, 1)}
"""Where each record stands, and its last entry."""


async def write_as_before(store: Database) -> None:
    """Everything that stood in such a house."""
    run = store._pool.execute
    await run("insert into connection values (1, 'shop'), (2, 'office')")
    await run(
        "insert into route values (1, 'orders', 'on', $1, 'configuration', 'first start')", MOMENT
    )
    await run("insert into counter values ('number', 300)")
    chains: dict[int, bytes] = {}
    for posting, page, entries in ENTRIES:
        lines = "\n".join(
            f"{record}|{seq}|{before}|{','.join(map(str, path))}|{detail}"
            for record, seq, before, path, detail in sorted(entries)
        )
        prior = chains.get(page, b"")
        chains[page] = hashlib.sha256(prior + AT.encode() + lines.encode()).digest()
        await run(
            "insert into posting values ($1, $2, $3, $4, $5, 'house')",
            posting, page, MOMENT, prior, chains[page],
        )  # fmt: skip
        for record, seq, *rest in entries:
            await run(
                "insert into entry values ($1, $2, $3, $4, $5, $6, $7)",
                record, seq, posting, MOMENT, *rest,
            )  # fmt: skip
    for page, members in ((PAGE, (CONFIRMED, HELD, LEFT_OUT, OVERTAKEN)), (PAGE + 1, (NEWER,))):
        bodies = [msgspec.msgpack.encode(order(record)) for record in members]
        await run(
            "insert into page (id, route, stage, priority, inbox, bodies, fence, chain, created_at)"
            " values ($1, 1, 9, 80, '{}', $2, 3, $3, $4)",
            page, pages.pack(bodies), chains[page], MOMENT,
        )  # fmt: skip
        for place, record in enumerate(members):
            await put_record(store, page, place, record, bodies[place])

    await put_message(store)


WAITING = 1
"""A page that was pushed and not captured; 256 times its number is the number of a record."""


async def put_message(store: Database) -> None:
    body = msgspec.json.encode(order(70))
    run = store._pool.execute
    await run("insert into inbox values (30, 1, 'orders', '30', 'x', $1, $2)", body, MOMENT)
    await run(
        "insert into page (id, route, stage, priority, inbox, bodies, fence, due, chain,"
        " created_at) values ($1, 1, 0, 80, '{30}', '', 0, $2, '', $2)",
        WAITING, MOMENT,
    )  # fmt: skip


async def put_record(store: Database, page: int, place: int, record: int, body: bytes) -> None:
    run = store._pool.execute
    subject = OVERTAKEN if record == NEWER else record
    state, seq = ENDS[record]
    of = order(subject)
    await run(
        "insert into record (id, route, subject, page, place, key, number, version, digest, minor,"
        " currency, created, state, seq, intent)"
        " values ($1, 1, $2, $3, $4, $5, $6, $7, $8, 1250, 'GBP', $7, $9, $10, $11)",
        record, subject, page, place, of.key, of.number,
        MOMENT if record != NEWER else instant("2026-11-02T09:30:00Z").to_stdlib(),
        hashlib.sha256(body).digest(), state, seq, b"ab" if record == CONFIRMED else None,
    )  # fmt: skip
    if record != OVERTAKEN:
        identity = "OR256" if record == CONFIRMED else None
        sent, intent = (record, b"ab") if identity else (None, None)
        await run(
            "insert into thread (route, subject, newest, sent, intent, identity)"
            " values (1, $1, $2, $3, $4, $5)",
            subject, record, sent, intent, identity,
        )  # fmt: skip
        await run("insert into binding values (1, 'order', $1, $2)", of.key, subject)
        if identity:
            await run("insert into binding values (2, 'order', $1, $2)", identity, subject)
    if state == 8:
        await run(
            "insert into hold values ($1, 1, 8, 'unmapped-value', 'No Drone.', 'Add it.', '',"
            " 'operations', 1250, 'GBP', $2)",
            record, MOMENT,
        )  # fmt: skip


@pytest.fixture
async def older(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """A house of today on the database of one of before."""
    store = await Database.open(database)
    every = schema.migrations()
    with monkeypatch.context() as patch:
        patch.setattr(schema, "migrations", lambda: every[:OLDER])
        await schema.upgrade(store, HandClock())
    await write_as_before(store)
    yield await staged(store)
    await store.close()


async def test_the_entries_of_before_prove_themselves(older: Stage) -> None:
    proof = await proven(older.database)
    assert (proof.holds, proof.records, proof.postings, proof.pages) == (True, 5, 5, 2)


async def test_the_entries_of_before_are_read(older: Stage) -> None:
    rows = await older.database.rows("entries_of", sorted(ENDS))
    written = sorted(entry for _, _, entries in ENTRIES for entry in entries)
    assert [(row["record"], row["seq"], row["before"], row["path"], row["detail"])
            for row in rows] == written  # fmt: skip
    assert "office took it and calls it OR256" in await story(older.engine, RecordId(CONFIRMED))
    assert "A newer version took its place" in await story(older.engine, RecordId(NEWER))
    (rule,) = await older.database.rows("count_left_out", "orders", None)
    assert (rule["rule"], rule["documents"]) == ("test orders", 1)
    (aside,) = await older.database.rows("list_left_out", "orders", None, 10, 0)
    assert (aside["id"], aside["rule"], aside["by"]) == (LEFT_OUT, "test orders", "house")
    (loss,) = await older.database.rows("count_losses", "orders")
    assert (loss["field"], loss["documents"], loss["minor"]) == ("tags", 1, 0)
    (unseen,) = await older.database.rows("count_not_compared", "orders")
    assert (unseen["field"], unseen["documents"]) == ("tags", 1)
    on = [row["page"] for row in await older.database.rows("pages_of", [OVERTAKEN])]
    assert on == [PAGE, PAGE + 1]


async def test_what_was_held_before_is_sent_now_and_its_chain_goes_on(older: Stage) -> None:
    assert await resend(older.engine, [RecordId(HELD)], "kim") == 1
    await older.work()
    assert sorted(older.office.calls) == sorted([order(HELD).key, order(70).key])
    rows = await older.database.rows("entries_of", [HELD])
    assert [row["path"] for row in rows] == [[1], [8], [1], [2, 3], [4], [5]]
    assert [row["seq"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert await older.database._pool.fetchval("select count(*) from entry") == 11
    proof = await proven(older.database)
    assert (proof.holds, proof.records) == (True, 6)
    assert await older.database.rows("open_pages") == [(0, None)]


async def test_what_was_pushed_before_is_captured_under_a_number_of_its_own(
    older: Stage,
) -> None:
    await older.work()
    assert older.office.calls == [order(70).key]
    rows = await older.database._pool.fetch("select id, page, place from record where id > 300")
    assert [(row["id"], row["page"] >= 300) for row in rows] == [(rows[0]["page"] * 256, True)]
    assert (await proven(older.database)).holds


async def test_a_window_in_which_something_was_captured_before_is_opened_again(
    older: Stage,
) -> None:
    older.shop.put(order(CONFIRMED))
    day = Window(instant("2026-11-02T00:00:00Z"), instant("2026-11-03T00:00:00Z"))
    await census(older.engine, older.route, day)
    await older.database._pool.execute("update census set closed = true, listed = 0")
    since = instant("2026-11-02T08:00:00Z").to_stdlib()
    assert len(await older.database.rows("reopen_census", 1, since)) == 1


async def test_what_was_listed_before_is_known(older: Stage) -> None:
    again = msgspec.structs.replace(reading(order(CONFIRMED)), version=instant(AT))
    assert await listed(older.engine, older.route, [again], 80) == 0


HURTS = {
    "an entry's words": "update entry set detail = detail || ' ' where seq = 2",
    "an entry's path": "update entry set path = array[2, 4]::smallint[] where path[1] = 2",
    "an entry less": f"delete from entry where seq = 4 and record = {CONFIRMED}",
    "an entry more": f"insert into entry values ({HELD}, 3, 102, '{AT}', 8, '{{1}}', '')",
    "an entry of another posting": "update entry set posting = 102 where posting = 103",
    "an entry of nobody": f"update entry set record = 99 where record = {LEFT_OUT}",
    "an entry twice": f"insert into run values ({PAGE}, 7, 0, '{AT}', 2, 1, '{{8}}', '{{{HELD}}}', '{{x}}')",  # noqa: E501
}


@pytest.mark.parametrize("hurt", HURTS.values(), ids=HURTS.keys())
async def test_what_was_changed_of_before_is_noticed(older: Stage, hurt: str) -> None:
    assert (await proven(older.database)).holds
    async with older.database.transaction() as unit:
        await unit.connection.execute("set local session_replication_role = replica")
        await unit.connection.execute(hurt)
    assert not (await proven(older.database)).holds


@pytest.mark.parametrize("change", ["update entry set at = at", "delete from entry"])
async def test_what_was_entered_before_stays_append_only(older: Stage, change: str) -> None:
    with pytest.raises(Exception, match="append-only"):
        await older.database._pool.execute(change)
