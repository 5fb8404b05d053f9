"""Refunds as GraphQL shows them by themselves, and as whoever checks counts them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.graphql.problem import Refused
from counterfoil.twins.kit.graphql.selection import Selected
from counterfoil.twins.kit.sale.refund import Repaid, repayments
from counterfoil.twins.kit.sale.shop import Shop
from counterfoil.twins.shopify.spelling import number_in

SCOPE: Final = "read_orders"
_PAGE: Final = 1000


class Refunds:
    """The refunds of a shop, each under its order."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def answers(self) -> Mapping[str, Callable[[Selected, str], object]]:
        """What answers the root fields."""
        return {"refund": self._refund}

    def book(self, after: int = 0) -> Iterator[Entry]:
        """Every refund beyond the number `after`, those of the oldest order first."""
        last = after // 10 - 1
        while page := self._shop.every(last, _PAGE):
            rows = (repaid for order in page for repaid in repayments(order))
            yield from (_entry(repaid) for repaid in rows if repaid.id > after)
            last = page[-1].id

    def _refund(self, root: Selected, base_url: str) -> Repaid | None:
        number = number_in(str(root.arguments["id"]), "Refund")
        if number is None:
            raise Refused(f"Invalid global id '{root.arguments['id']}'", code="BAD_REQUEST")
        order = self._shop.order(number // 10)
        rows = repayments(order) if order is not None else []
        return next((repaid for repaid in rows if repaid.id == number), None)


def _entry(repaid: Repaid) -> Entry:
    order = repaid.order
    return Entry(
        key=str(repaid.id),
        reference=f"{order.name}-R{repaid.id}",
        born_s=repaid.refund.at_s,
        changed_s=repaid.updated_s,
        measure=Measure(repaid.paid_minor, order.sale.currency),
        facts={
            "order": str(order.id),
            "pieces": sum(line.line.quantity for line in repaid.lines),
            "units": _taken_off(repaid),
            "states": tuple(moved.payment.status for moved in repaid.transactions),
            "test": order.sale.test,
        },
    )


def _taken_off(repaid: Repaid) -> Counter[str]:
    """The pieces that are not on the order any more."""
    pieces = Counter[str]()
    for line in repaid.lines:
        pieces[line.item.line.sku] += line.line.quantity if line.is_restocked else 0
    return +pieces
