"""Reconcile: payouts held against the orders that they pay for, to the penny."""

from __future__ import annotations

from typing import Annotated

import msgspec

from counterfoil.surfaces.api.v1.endpoint import Found, endpoint
from counterfoil.surfaces.desk import reconcile
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.surfaces.desk.reconcile import Explained, Summary, Tied, Two

_Text = Annotated[str, msgspec.Meta(max_length=200)]


class TwoBooks(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The route of payouts and the route of orders that are compared."""

    payouts: _Text
    orders: _Text


class OnePayout(TwoBooks, frozen=True, forbid_unknown_fields=True):
    """A payout by its key."""

    key: _Text


@endpoint("GET", "/reconcile", "reconcile run", "reconcile")
async def reconciled(desk: Desk, words: TwoBooks) -> Found[Summary]:
    """Reconcile payouts with the orders that they pay for, to the penny."""
    return Found(await reconcile.run(desk, Two(words.payouts, words.orders)))


@endpoint("GET", "/reconcile/payouts", "reconcile show", "reconcile-show")
async def tied(desk: Desk, words: TwoBooks) -> Found[tuple[Tied, ...]]:
    """List every line of the payouts with what it was tied to."""
    return Found(await reconcile.show(desk, Two(words.payouts, words.orders)))


@endpoint("GET", "/reconcile/payout", "reconcile explain", "reconcile-explain")
async def explained(desk: Desk, words: OnePayout) -> Found[Explained]:
    """Explain one payout or one line."""
    two = Two(words.payouts, words.orders)
    return Found(await reconcile.explain(desk, two, words.key))
