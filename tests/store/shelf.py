"""What the tests of the store put on its shelves: a moment, a page, records."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.ledger.account import State
from counterfoil.ledger.run import Run
from counterfoil.store import journal, pages
from counterfoil.store.journal import Move
from counterfoil.store.pages import Page
from counterfoil.store.postgres import Database
from counterfoil.store.sequence import Sequence as Numbers
from counterfoil.values.clock import Instant, SystemClock, instant, later
from counterfoil.values.ids import PageId, RecordId

MOMENT = instant("2026-11-02T12:00:00Z")


class Still(SystemClock):
    """A clock that stands still."""

    def now(self) -> Instant:
        return MOMENT


def at(seconds: float) -> Instant:
    """`seconds` after the moment at which every test of the store begins."""
    return later(MOMENT, seconds)


async def put_page(store: Database, number: int, bodies: Sequence[bytes] = ()) -> PageId:
    """A captured page, due at once."""
    moment = MOMENT.to_stdlib()
    await store.run(
        "create_page", number, 1, 1, 80, [], pages.pack(bodies), moment, b"", moment, b""
    )  # fmt: skip
    return PageId(number)


async def taken(store: Database, page: PageId, holder: str, seconds: float = 0) -> Page:
    """The page in the hands of `holder`."""
    found = await pages.take(store, page, holder, at(seconds))
    assert found is not None
    return found


async def enter(store: Database, page: Page, *records: int, pence: int = 1250) -> None:
    """Records on the page as capture leaves them: captured, with a first entry, due at once."""
    moment = MOMENT.to_stdlib()
    rows = [
        (number, 1, number, page.id, place, f"k{number}", f"#{number}", moment, b"d", pence, "GBP",
         moment, 1, 1, moment)
        for place, number in enumerate(records)
    ]  # fmt: skip
    columns = (
        "id route subject page place key number version digest minor currency created state seq due"
    )
    async with store.transaction() as unit:
        await unit.copy("record", columns.split(), rows)
        runs = [Run(1, 0, (State.CAPTURED,), [RecordId(number) for number in records], [""])]
        await journal.write(unit, page, runs, numbers=Numbers(store), at=MOMENT)


def move(record: int, *path: State, seq: int = 1, before: State = State.CAPTURED) -> Move:
    """A move of a record that capture entered."""
    return Move(RecordId(record), record, seq, before, path, 1250, "GBP")


async def post(store: Database, page: Page, *moves: Move, seconds: float = 0) -> int:
    """Post the moves in a unit of their own."""
    async with store.transaction() as unit:
        return await journal.post(
            unit,
            page,
            moves,
            numbers=Numbers(store),
            at=at(seconds),
            owner=lambda cause: "operations",
        )


async def everything(store: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the tables that a posting touches."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for table in ("page", "record", "posting", "run", "hold", "evidence"):
        rows = await store._pool.fetch(f"select * from {table} order by 1, 2, 3")
        found[table] = [tuple(row) for row in rows]
    return found
