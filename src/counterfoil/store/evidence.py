"""Evidence: every request and answer, compressed, beside the page that they belong to."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import zstandard

from counterfoil.store.postgres import Executor
from counterfoil.values.clock import Instant
from counterfoil.values.ids import PageId, RecordId


class Kept(msgspec.Struct, frozen=True):
    """One exchange as it is kept: for which records (none: the whole page), what went and came.

    `at` is ISO 8601; `seconds` as text; bodies are bytes as they were, masked only when shown.
    """

    records: tuple[RecordId, ...]
    at: str
    method: str
    url: str
    sent: bytes
    status: int
    headers: dict[str, str]
    answered: bytes
    seconds: str
    failed: str


_LIST = msgspec.msgpack.Decoder(list[Kept])


async def keep(
    unit: Executor, page: PageId, posting: int, exchanges: Sequence[Kept], at: Instant
) -> None:
    """Keep the exchanges of one commit."""
    if exchanges:
        body = zstandard.compress(msgspec.msgpack.encode(exchanges), 3)
        await unit.run("keep_evidence", page, posting, at.to_stdlib(), body)


def unpack(packed: bytes) -> list[Kept]:
    """The exchanges of one commit."""
    return _LIST.decode(zstandard.decompress(packed))


async def found(db: Executor, pages: Sequence[PageId]) -> list[Kept]:
    """Every exchange kept for these pages, oldest first."""
    rows = await db.rows("evidence_of", pages)
    return [exchange for row in rows for exchange in unpack(row["body"])]
