"""Documents as a REST resource: listed, seen one by one, changed, and the lists that stand beside
each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from counterfoil.twins.kit.happenings import Changing, Happenings
from counterfoil.twins.kit.paging import numbered
from counterfoil.twins.kit.read_faults import ReadFaults
from counterfoil.twins.kit.rest import MISSING, Handler, Methods, Refused, body_of
from counterfoil.twins.kit.shelf import Listing, Shelf

K = TypeVar("K", bound=Changing)
W = TypeVar("W")
Json = dict[str, object]
Rows = list[Json]


class Look(NamedTuple, Generic[K, W]):
    """How a vendor shows documents: how they are listed and paged, what one looks like, and the
    lists beside it; `written` is what a PUT brings, and `writing` makes a change of it (raises
    `Refused`)."""

    listing: Listing
    shown: Callable[[K], Json]
    parts: Mapping[str, Callable[[K], Rows]]
    written: type[W]
    writing: Callable[[W], Callable[[K, int], K]]
    page: int
    most: int


class Resource(Generic[K, W]):
    """The addresses of the documents on a shelf. A list is a bare array, and 204 without a body
    where there is nothing to show."""

    def __init__(
        self, look: Look[K, W], shelf: Shelf[K], trade: Happenings[K], reads: ReadFaults
    ) -> None:
        self._look = look
        self._shelf = shelf
        self._trade = trade
        self._answered = reads.answered

    def addresses(self, path: str) -> dict[str, Methods]:
        """What each method does, of all of them, of each, and of what stands beside it."""
        single = f"{path}/{{id:int}}"
        addresses: dict[str, Methods] = {
            path: {"GET": self._list},
            single: {"GET": self._see, "PUT": self._change},
        }
        for name, rows in self._look.parts.items():
            addresses[f"{single}/{name}"] = {"GET": self._parts(rows)}
            addresses[f"{single}/{name}/{{part:int}}"] = {"GET": self._part(rows)}
        return addresses

    def _list(self, request: Request) -> Response:
        look = self._look
        page = numbered(request, look.page, look.most)
        try:
            states = self._shelf.find(
                look.listing, request.query_params, self._trade.lag.hides, page
            )
        except (ValueError, TypeError) as error:
            raise Refused(400, f"A parameter is not valid: {error}") from None
        return self._page([look.shown(state) for state in states])

    def _see(self, request: Request) -> Response:
        return self._answered(self._look.shown(self._named(request)))

    async def _change(self, request: Request) -> Response:
        state, look = self._named(request), self._look
        written = await body_of(request, look.written, 400, "The body is not valid: {error}")
        self._trade.change(state.id, look.writing(written))
        return self._see(request)

    def _parts(self, rows: Callable[[K], Rows]) -> Handler:
        def listed(request: Request) -> Response:
            every, page = rows(self._named(request)), self._slice(request)
            return self._page(every[page])

        return listed

    def _part(self, rows: Callable[[K], Rows]) -> Handler:
        def single(request: Request) -> Response:
            for row in rows(self._named(request)):
                if row["id"] == request.path_params["part"]:
                    return self._answered(row)
            raise Refused(404, MISSING)

        return single

    def _slice(self, request: Request) -> slice:
        page = numbered(request, self._look.page, self._look.most)
        return slice(page.offset, page.offset + page.limit)

    def _named(self, request: Request) -> K:
        state = self._shelf.get(request.path_params["id"])
        if state is None:
            raise Refused(404, MISSING)
        return state

    def _page(self, rows: Rows) -> Response:
        return self._answered(rows) if rows else Response(status_code=204)
