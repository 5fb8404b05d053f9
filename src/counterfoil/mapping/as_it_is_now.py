"""What an order comes to now: the parts that are left of it, judged by what its source totals."""

from __future__ import annotations

from typing import NamedTuple

from counterfoil.mapping.left import Parts, Shared, part_of_postage, settled
from counterfoil.mapping.tip import with_tip
from counterfoil.model.line import Charge


class Totals(NamedTuple):
    """What a source totals, in minor units; None where it does not tell it. `ordered` and `now` are
    the order as it was placed and what is left of it, each tax beside them; `postage` is what is
    left of that, `beyond` money that was paid back for no part of the order (less than 0)."""

    now: int
    ordered: int | None = None
    tax_now: int | None = None
    tax_ordered: int | None = None
    postage: int | None = None
    tip: int | None = None
    beyond: int = 0


def as_it_is_now(
    stated: Parts, shared: Shared, totals: Totals, *, fewer: bool
) -> tuple[Parts, int]:
    """The parts that are left, and the tax of them all. `stated` has the lines that are left and
    the postage as it was ordered; `fewer`: whole lines are gone."""
    shipping = part_of_postage(stated.shipping, totals.postage)
    refunded = shipping is not stated.shipping
    parts = stated._replace(shipping=shipping) if refunded else stated
    if totals.tip:
        parts = with_tip(parts, totals.tip, totals.now)
    if refunded or shared.lines:
        shared = shared._replace(shipping=refunded)
        parts = settled(parts, shared, totals.now, totals.tax_now)
    if totals.beyond < 0 and totals.now - parts.worth == totals.beyond:
        parts = parts._replace(extras=(*parts.extras, Charge("Refund", totals.beyond)))
    if totals.tax_now is not None:
        return parts, totals.tax_now
    # Nothing says how much of the tax is left where something was taken off: the parts do.
    fewer = fewer or refunded or bool(shared.lines)
    untold = fewer or totals.ordered not in (None, totals.now)
    return parts, parts.tax_minor if untold else totals.tax_ordered or 0
