"""What V2 answers about orders, and what its answers say of the window of calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from counterfoil.twins.bigcommerce import body
from counterfoil.twins.bigcommerce.life import ORDERS
from counterfoil.twins.bigcommerce.site import STATUSES, Site
from counterfoil.twins.kit.answers import answer
from counterfoil.twins.kit.happenings import Happenings
from counterfoil.twins.kit.read_faults import ReadFaults
from counterfoil.twins.kit.resource import Json, Look, Resource, Rows
from counterfoil.twins.kit.rest import Methods, Refused, routes
from counterfoil.twins.kit.shelf import Shelf, listing
from counterfoil.twins.kit.status_order import Change, StatusOrder
from counterfoil.twins.kit.token_gate import WindowHeaders

HEADERS: Final = WindowHeaders(
    "x-rate-limit-requests-left",
    "x-rate-limit-requests-quota",
    "x-rate-limit-time-reset-ms",
    "x-rate-limit-time-window-ms",
)


class Written(msgspec.Struct):
    """What a PUT may change of an order here; what it does not say stays."""

    status_id: int | None = None
    staff_notes: str | None = None
    external_order_id: str | None = None


def orders(
    site: Site, shelf: Shelf[StatusOrder], trade: Happenings[StatusOrder], reads: ReadFaults
) -> list[Route]:
    """The addresses of orders."""

    def head(kept: StatusOrder) -> Json:
        return body.order(kept, site)

    def beside(rows: Callable[[StatusOrder, Site], Rows]) -> Callable[[StatusOrder], Rows]:
        return lambda kept: rows(kept, site)

    def statuses(request: Request) -> Response:
        return reads.answered(body.statuses(site))

    def count(request: Request) -> Response:
        return reads.answered(body.tally(shelf.counts("status", "archived = 0"), site))

    look = Look(
        listing=listing(__package__ or ""),
        shown=head,
        parts={name: beside(rows) for name, rows in body.PARTS.items()},
        written=Written,
        writing=_writing,
        page=50,
        most=250,
    )
    addresses: dict[str, Methods] = {
        "/orders/count": {"GET": count},
        "/order_statuses": {"GET": statuses},
        **Resource(look, shelf, trade, reads).addresses("/orders"),
    }
    return routes(f"{site.base}/v2", addresses, refusal)


def _writing(written: Written) -> Change:
    if written.status_id is not None and written.status_id not in STATUSES:
        raise Refused(400, "The field 'status_id' is invalid.")

    def change(kept: StatusOrder, now_s: int) -> StatusOrder:
        if written.status_id is not None:
            kept = ORDERS.set_status(written.status_id)(kept, now_s)
        notes, external = written.staff_notes, written.external_order_id
        return msgspec.structs.replace(
            kept,
            staff_notes=kept.staff_notes if notes is None else notes,
            external_order_id=kept.external_order_id if external is None else external,
        )

    return change


def refusal(status: int, message: str) -> Response:
    """A refusal as V2 spells it: an array."""
    return answer([{"status": status, "message": message}], status)
