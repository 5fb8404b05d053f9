"""The floor of the ledger: the very rows that the house wrote, by bare COPY, in the same commits.

Nothing is computed, nothing is looked up and nothing is updated: what the database alone takes to
keep these rows, with these indexes, durably.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Sequence

import asyncpg

_LANES = 8  # connections at once

Commit = list[tuple[str, bytes]]
"""What one commit writes: tables, each with its rows as PostgreSQL's own binary COPY has them."""


async def copied(dsn: str, empty: str) -> float:
    """Seconds to write everything that stands in the ledger at `dsn` into an `empty` one."""
    connection = await asyncpg.connect(dsn)
    try:
        pages = [row["id"] for row in await connection.fetch("select id from page order by id")]
        written = [await _page(connection, page) for page in pages]
    finally:
        await connection.close()
    return await _write(empty, written)


async def _write(dsn: str, pages: Sequence[Sequence[Commit]]) -> float:
    connections = [await asyncpg.connect(dsn) for _ in range(_LANES)]
    left = iter(pages)

    async def lane(connection: asyncpg.Connection) -> None:
        for commits in left:
            for commit in commits:
                async with connection.transaction():
                    for table, rows in commit:
                        source = io.BytesIO(rows)
                        await connection.copy_to_table(table, source=source, format="binary")

    start = time.monotonic()
    await asyncio.gather(*map(lane, connections))
    seconds = time.monotonic() - start
    for connection in connections:
        await connection.close()
    return seconds


async def _page(connection: asyncpg.Connection, page: int) -> list[Commit]:
    """The three commits of one page: captured, sending, delivered."""
    commits: list[Commit] = []
    for posting in await _postings(connection, page):
        runs = f"select * from run where page = {page} and posting = {posting}"
        postings = f"select * from posting where id = {posting}"
        commits.append(
            [
                ("posting", await _rows(connection, postings)),
                ("run", await _rows(connection, runs)),
            ]
        )
    ours, theirs = await _bindings(connection, page)
    threads = (
        "select t.* from thread t join record r on r.route = t.route and r.subject = t.subject"
        f" where r.page = {page}"
    )
    commits[0] += [
        ("page", await _rows(connection, f"select * from page where id = {page}")),
        ("record", await _rows(connection, f"select * from record where page = {page}")),
        ("thread", await _rows(connection, threads)),
        ("binding", ours),
    ]
    commits[-1].append(("binding", theirs))
    return commits


async def _bindings(connection: asyncpg.Connection, page: int) -> tuple[bytes, bytes]:
    """The page's bindings: to the source's identities, and to the target's."""
    keys = f"select key from record where page = {page}"
    names = f"select t.identity from thread t join record r on r.id = t.newest where page = {page}"
    found = [
        await _rows(connection, f"select * from binding where foreign_id = any (array({some}))")
        for some in (keys, names)
    ]
    return found[0], found[1]


async def _postings(connection: asyncpg.Connection, page: int) -> list[int]:
    rows = await connection.fetch("select id from posting where page = $1 order by at, id", page)
    return [row["id"] for row in rows]


async def _rows(connection: asyncpg.Connection, question: str) -> bytes:
    told = io.BytesIO()
    await connection.copy_from_query(question, output=told, format="binary")
    return told.getvalue()
