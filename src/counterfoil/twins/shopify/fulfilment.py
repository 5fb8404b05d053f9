"""What Shopify makes of fulfilments: created, followed, cancelled, and its refusals in its words.

The refusals, their sequence, and what is taken all the same (a second cancelling, a tracking number
for what was cancelled) are recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from counterfoil.twins.kit.faults import Fault
from counterfoil.twins.kit.graphql.problem import Json, Refused
from counterfoil.twins.kit.graphql.selection import Selected
from counterfoil.twins.kit.nodes import Wrong
from counterfoil.twins.kit.sale import sending
from counterfoil.twins.kit.sale.despatch import Tracking
from counterfoil.twins.kit.sale.life import Change
from counterfoil.twins.kit.sale.order import Order
from counterfoil.twins.kit.sale.parcel import (
    APART,
    Consignment,
    Parcel,
    despatched,
    parcels,
    shares,
)
from counterfoil.twins.kit.sale.shop import Shop
from counterfoil.twins.shopify.spelling import number_in

MISHAPS: Final[Mapping[str, Fault]] = {
    "server_error_before": Fault("Shopify failed before it took what was written.", 0.0, 0.01),
    "timeout_before": Fault("Shopify never answered, and nothing was written.", 0.0, 0.01),
    "timeout_after": Fault("It was written, and no answer came.", 0.0, 0.02),
    "reset_after": Fault("It was written, and its answer was cut short.", 0.0, 0.01),
    "server_error_after": Fault("It was written, and Shopify said that it had failed.", 0.0, 0.01),
    "moved_elsewhere": Fault("Somebody gave a part of an order to another place.", 0.0, 0.1),
}
"""What befalls what is written here, and orders before they leave; nothing of it by itself."""

SCOPE: Final = "write_merchant_managed_fulfillment_orders"
_ALL: Final = ("fulfillment",)
"""Where a mistake is that no part of the input has alone."""

_Lots = dict[int, dict[int, int]]


class Fulfilments:
    """The mutations. `change` lets something befall an order, and promises its news."""

    def __init__(self, shop: Shop, change: Callable[[int, Change], bool]) -> None:
        self._shop = shop
        self._change = change
        self.answers: Mapping[str, Callable[[Selected, str], Json]] = {
            "fulfillmentCancel": self._cancel,
            "fulfillmentCreate": self._create,
            "fulfillmentTrackingInfoUpdate": self._follow,
        }

    def _create(self, root: Selected, base_url: str) -> Json:
        pieces = root.arguments["fulfillment"]
        groups: Sequence[Mapping[str, Any]] = pieces["lineItemsByFulfillmentOrder"]
        try:
            order, lots = self._lots(groups)
        except Wrong as wrong:
            return _refused(wrong)
        self._change(order.id, sending.left(lots, _tracking(pieces.get("trackingInfo") or {})))
        return self._answer(order.id, len(order.despatches) + 1)

    def _follow(self, root: Selected, base_url: str) -> Json:
        parcels_found = self._found(root.arguments["fulfillmentId"])
        if parcels_found is None:
            return _refused(Wrong(("fulfillmentId",), "Fulfillment does not exist."))
        tracking = _tracking(root.arguments["trackingInfoInput"])
        self._change(parcels_found.order.id, sending.followed(parcels_found.number, tracking))
        return self._answer(parcels_found.order.id, parcels_found.number)

    def _cancel(self, root: Selected, base_url: str) -> Json:
        parcels_found = self._found(root.arguments["id"])
        if parcels_found is None:
            return _refused(Wrong(("id",), "Fulfillment not found."))
        self._change(parcels_found.order.id, sending.taken_back(parcels_found.number))
        return self._answer(parcels_found.order.id, parcels_found.number)

    # --- inside ---

    def _answer(self, order_id: int, number: int) -> Json:
        order = self._shop.order(order_id)
        assert order is not None
        sending = next(row for row in despatched(order) if row.number == number)
        return {"fulfillment": sending, "userErrors": []}

    def _found(self, identity: object) -> Consignment | None:
        number = _number(identity, "Fulfillment")
        order = self._shop.order(number // APART)
        return next((row for row in despatched(order) if row.id == number), None) if order else None

    def _lots(self, groups: Sequence[Mapping[str, Any]]) -> tuple[Order, _Lots]:
        """What is to leave, by the number of its assignment. Raises `Wrong`."""
        _check_quantities(groups)
        rows = [self._parcel(group["fulfillmentOrderId"]) for group in groups]
        orders = sorted({row.order.id for row in rows})
        if len(orders) > 1:
            named = ", ".join(map(str, orders))
            raise Wrong(
                _ALL,
                "All fulfillment orders must belong to the same order. Multiple orders with ids"
                f" [{named}] were found.",
            )
        places = list(dict.fromkeys(row.place.id for row in rows))
        if len(places) > 1:
            named = ", ".join(map(str, places))
            raise Wrong(
                _ALL,
                "All fulfillment orders must be assigned to a single location. Multiple locations"
                f" with ids [{named}] were found.",
            )
        lots: _Lots = {}
        for row, group in zip(rows, groups, strict=True):
            lots[row.assignment.number] = _units(row, group.get("fulfillmentOrderLineItems"))
        return rows[0].order, lots

    def _parcel(self, identity: object) -> Parcel:
        number = _number(identity, "FulfillmentOrder")
        order = self._shop.order(number // APART)
        for row in parcels(order) if order else ():
            if row.id == number:
                return row
        raise Wrong(_ALL, "Fulfillment order does not exist.")


def _check_quantities(groups: Sequence[Mapping[str, Any]]) -> None:
    for place, group in enumerate(groups):
        for line, row in enumerate(group.get("fulfillmentOrderLineItems") or ()):
            if row["quantity"] <= 0:
                path = ("fulfillment", "lineItemsByFulfillmentOrder", str(place))
                below = ("fulfillmentOrderLineItems", str(line), "quantity")
                raise Wrong((*path, *below), "Quantity must be greater than 0")


def _units(parcel: Parcel, asked: Sequence[Mapping[str, Any]] | None) -> dict[int, int]:
    """The units of each line that are to leave: all that are left where no line is named."""
    status = parcel.status.lower()
    if status not in ("open", "in_progress"):
        raise Wrong(_ALL, f"Fulfillment order {parcel.id} has an unfulfillable status= {status}.")
    lines = {share.id: share for share in shares(parcel)}
    if not asked:
        return {share.item.position: share.left for share in lines.values() if share.left}
    units: dict[int, int] = {}
    for row in asked:
        share = lines.get(_number(row["id"], "FulfillmentOrderLineItem"))
        if share is None:
            raise Wrong(_ALL, "Fulfillment order line item does not exist.")
        index = share.item.position
        units[index] = units.get(index, 0) + row["quantity"]
        if units[index] > share.left:
            raise Wrong(_ALL, "Invalid fulfillment order line item quantity requested.")
    return units


def _tracking(told: Mapping[str, Any]) -> tuple[Tracking, ...]:
    """One row for each number; `numbers` and `urls` go by their places, and one company has all."""
    numbers, urls = (
        list(told.get(several) or filter(None, (told.get(single),)))
        for single, several in (("number", "numbers"), ("url", "urls"))
    )
    company = str(told.get("company") or "")
    numbers = numbers or ([""] if company else [])
    urls += [""] * len(numbers)
    return tuple(Tracking(number, url, company) for number, url in zip(numbers, urls, strict=False))


def _number(identity: object, kind: str) -> int:
    number = number_in(str(identity), kind)
    if not number:
        raise Refused("invalid id", code="RESOURCE_NOT_FOUND")
    return number


def _refused(wrong: Wrong) -> Json:
    return {"fulfillment": None, "userErrors": [wrong.error]}
