"""Losses: what of a route's documents did not come along, and what was not compared, by field."""

from __future__ import annotations

import msgspec

from counterfoil.store import losses as store
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.surfaces.desk.routes import check_route
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


class Losses(msgspec.Struct, frozen=True):
    """What a route lost, and what it could not compare."""

    losses: tuple[LostField, ...]
    not_compared: tuple[UnseenField, ...]


@asks("route losses", money="shown")
async def losses(desk: Desk, route: str) -> Losses:
    """Sum up what the target had no place for, by field, and what was sent and not read back.

    Raises `Misconfigured` where there is no such route.
    """
    await check_route(desk.database, route)
    lost = await store.lost(desk.database, route)
    unseen = await store.not_compared(desk.database, route)
    return Losses(
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
