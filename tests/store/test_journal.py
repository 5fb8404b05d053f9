"""A posting: every move of it with its entries, holds and chain, or nothing at all."""

from __future__ import annotations

import pytest
from shelf import at, enter, everything, move, post, put_page, taken

from counterfoil.ledger.account import State
from counterfoil.ledger.run import chain
from counterfoil.store import evidence, journal
from counterfoil.store.evidence import Kept
from counterfoil.store.journal import Cause, Overtaken
from counterfoil.store.postgres import Database
from counterfoil.store.sequence import Sequence as Numbers
from counterfoil.values.errors import Halt, Hold
from counterfoil.values.ids import RecordId


async def states(store: Database) -> dict[int, int]:
    rows = await store._pool.fetch("select id, state from record order by id")
    return {row["id"]: row["state"] for row in rows}


async def test_a_move_stands_in_the_record_and_in_the_journal(store: Database) -> None:
    page = await taken(store, await put_page(store, 1), "w1")
    await enter(store, page, 10)
    await post(store, page, move(10, State.MAPPED, State.SENDING), seconds=5)
    assert await states(store) == {10: State.SENDING}
    rows = await store.rows("entries_of", [10])
    assert [(row["seq"], row["before"], row["path"]) for row in rows] == [
        (1, 0, [1]),
        (2, 1, [2, 3]),
    ]
    assert rows[1]["at"] == at(5).to_stdlib()


async def test_each_posting_carries_the_digest_of_the_one_before(store: Database) -> None:
    page = await taken(store, await put_page(store, 1), "w1")
    await enter(store, page, 10)
    await post(store, page, move(10, State.MAPPED))
    await post(store, page, move(10, State.SENDING, seq=2, before=State.MAPPED))
    rows = await store._pool.fetch("select prior, digest from posting order by id")
    assert rows[0]["prior"] == b""
    assert [row["digest"] for row in rows[:-1]] == [row["prior"] for row in rows[1:]]
    assert (await store._pool.fetchval("select chain from page")) == rows[-1]["digest"]
    assert page.chain == rows[-1]["digest"] != chain(b"", "", ())


async def test_a_record_that_moved_meanwhile_undoes_the_whole_posting(store: Database) -> None:
    page = await taken(store, await put_page(store, 1), "w1")
    await enter(store, page, 10, 11, 12)
    await post(store, page, move(11, State.HELD))
    before = await everything(store)
    with pytest.raises(Overtaken):
        await post(store, page, *(move(number, State.MAPPED) for number in (10, 11, 12)))
    assert await everything(store) == before


async def test_a_move_that_is_not_legal_moves_nothing(store: Database) -> None:
    page = await taken(store, await put_page(store, 1), "w1")
    await enter(store, page, 10, 11)
    before = await everything(store)
    with pytest.raises(Halt):
        await post(store, page, move(10, State.MAPPED), move(11, State.CONFIRMED))
    assert await everything(store) == before


async def test_unlike_moves_travel_in_one_posting(store: Database) -> None:
    page = await taken(store, await put_page(store, 1), "w1")
    await enter(store, page, 10, 11, 12)
    posting = await post(
        store, page, move(10, State.MAPPED), move(11, State.EXCLUDED), move(12, State.MAPPED)
    )
    assert await states(store) == {10: State.MAPPED, 11: State.EXCLUDED, 12: State.MAPPED}
    rows = await store._pool.fetch("select record from line where posting = $1", posting)
    assert sorted(row["record"] for row in rows) == [10, 11, 12]


async def test_a_hold_opens_with_its_cause_and_closes_when_the_record_moves_on(
    store: Database,
) -> None:
    page = await taken(store, await put_page(store, 1), "w1")
    await enter(store, page, 10)
    problem = Hold("The map has no 'Drone'.", do="Add it.", where="delivery", code="unmapped-value")
    held = move(10, State.HELD)
    held.cause = Cause.of(problem)
    await post(store, page, held)
    (hold,) = await store.rows("list_holds", None, None, 10, 0)
    found = (hold["cause"], hold["said"], hold["advice"], hold["place"], hold["owner"])
    assert found == ("unmapped-value", problem.said, "Add it.", "delivery", "operations")
    assert (hold["minor"], hold["currency"]) == (1250, "GBP")
    await post(store, page, move(10, State.CAPTURED, seq=2, before=State.HELD), seconds=9)
    assert await store.rows("list_holds", None, None, 10, 0) == []
    (closed,) = await store._pool.fetch("select closed_at, closed_by, closing from hold")
    assert tuple(closed) == (at(9).to_stdlib(), journal.HOUSE, "captured")


async def test_held_twice_in_one_moment_is_held_once(store: Database) -> None:
    page = await taken(store, await put_page(store, 1), "w1")
    await enter(store, page, 10)
    cause = Cause("locked", "The period is locked.", "Open it.")
    for seq in (1, 3):
        held = move(10, State.HELD, seq=seq)
        held.cause = cause
        await post(store, page, held)
        if seq == 1:
            await post(store, page, move(10, State.CAPTURED, seq=2, before=State.HELD))
    assert len(await store.rows("list_holds", None, None, 10, 0)) == 1


async def test_holds_are_listed_by_money_and_counted_by_cause(store: Database) -> None:
    page = await taken(store, await put_page(store, 1), "w1")
    await enter(store, page, 10, 11, 12)
    moves = [move(number, State.HELD) for number in (10, 11, 12)]
    for one, (code, minor) in zip(moves, [("a", 5), ("b", 900), ("a", 70)], strict=True):
        one.cause, one.minor = Cause(code, "said", "do"), minor
    await post(store, page, *moves)
    listed = await store.rows("list_holds", None, None, 10, 0)
    assert [row["minor"] for row in listed] == [900, 70, 5]
    counted = await store.rows("count_holds", None, None)
    assert [(row["cause"], row["records"], row["minor"]) for row in counted] == [
        ("a", 2, 75),
        ("b", 1, 900),
    ]


# --- evidence ---


def kept(answered: bytes, *records: int) -> Kept:
    ids = tuple(RecordId(record) for record in records)
    return Kept(
        ids, "2026-11-02T12:00:00Z", "POST", "https://x/", b"\x00\xff", 200, {"date": "x"},
        answered, "0.1", "",
    )  # fmt: skip


async def test_evidence_is_found_again_byte_for_byte_oldest_first(store: Database) -> None:
    page = await put_page(store, 1)
    other = await put_page(store, 2)
    numbers = Numbers(store)
    first, second = kept(b"\x00\x01" * 500, 10), kept(b"", 10, 11)
    await evidence.keep(store, page, await numbers.one(), [second], at(5))
    await evidence.keep(store, page, await numbers.one(), [first, first], at(0))
    await evidence.keep(store, other, await numbers.one(), [], at(0))
    assert await evidence.found(store, [page]) == [first, first, second]
    assert await evidence.found(store, [other]) == []
