"""`route losses`: what of the documents did not come along, and what was not compared, by field."""

from __future__ import annotations

import msgspec

from counterfoil.surfaces.cli.opening import known_route, store
from counterfoil.surfaces.cli.say import Spoken
from counterfoil.values.money import Money


class LostField(msgspec.Struct, frozen=True):
    """A field that did not come along: of how many documents, the money in it, and the money of
    these documents. `code` says why, as `counterfoil explain` tells it."""

    field: str
    code: str
    count: int
    money: Money | None
    documents: Money | None


class UnseenField(msgspec.Struct, frozen=True):
    """A field that was sent and not read back, and of how many documents."""

    field: str
    count: int


class Lost(msgspec.Struct, frozen=True):
    """What a route lost, and what it could not compare."""

    losses: tuple[LostField, ...]
    not_compared: tuple[UnseenField, ...]


async def losses(name: str, /, *, say: Spoken) -> None:
    """Sum up what the target had no place for, by field, and what was sent and not read back.

    Args:
        name: The route.
    """
    from counterfoil.store import losses as store_of

    async with store(say) as (_, database):
        await known_route(database, name)
        lost = await store_of.lost(database, name)
        unseen = await store_of.not_compared(database, name)
    found = Lost(
        tuple(
            LostField(
                row.field,
                row.code,
                row.documents,
                Money(row.minor, row.currency) if row.minor else None,
                Money(row.total, row.currency) if row.currency else None,
            )
            for row in lost
        ),
        tuple(UnseenField(row.field, row.documents) for row in unseen),
    )

    def show() -> None:
        if not found.losses:
            say.line("Nothing was lost: everything had a place.")
        else:
            rows = [
                (one.field, one.code, f"{one.count:,}", str(one.money or ""),
                 str(one.documents or ""))
                for one in found.losses
            ]  # fmt: skip
            heads = ("field", "why", "documents", "money in it", "money of these")
            say.table(heads, rows, right=(2, 3, 4))
        for one in found.not_compared:
            say.line(f"sent and not read back: {one.field}, of {one.count:,} documents")

    say.answer("route-losses", found, show)
