"""BigCommerce's dialect: which token, which budget, what its answers mean, how V2 makes pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from counterfoil.kit.api.api import Api, Remaining, Usage
from counterfoil.kit.api.auth import header
from counterfoil.kit.api.call import Call
from counterfoil.kit.api.faults import Fault, Faults, WaitHeader
from counterfoil.kit.connector import Opening
from counterfoil.values.errors import Hold

Row = dict[str, Any]
TITLE: Final = "BigCommerce"
_USAGE: Final = Usage({"calls": 1.0}, (Remaining("calls", "x-rate-limit-requests-left"),))
_MOST_ROWS, _LONGEST = 250, 5000

FAULTS: Final = Faults(
    statuses={
        403: Fault(
            "misconfigured",
            "{title} does not let {where} do {call}.",
            "Give the API account the scopes Orders and Order Transactions, at least read-only.",
            "http-{status}",
        ),
        # Without the headers of the window it is the platform that is overloaded.
        429: Fault("retry", "{title} asks us to slow down.", code="busy", after_s=30.0),
    },
    waits=(
        WaitHeader("x-rate-limit-time-reset-ms", "ms", only=frozenset({429})),
        WaitHeader("x-retry-after"),
        WaitHeader(),
    ),
)


class _Counted(msgspec.Struct, frozen=True):
    count: int


class Client:
    """Calls on one store."""

    def __init__(self, opening: Opening) -> None:
        self.clock = opening.clock
        auth = header(opening.secret, "X-Auth-Token", "access_token")
        self._api = Api(opening, TITLE, auth, FAULTS, _USAGE)

    async def orders(self, query: Mapping[str, str]) -> list[Row]:
        """The heads of one page of orders; none where there is nothing (204)."""
        return await self._api.ask(self._get("/v2/orders", query), list[Row], empty=[])

    async def order(self, key: str) -> Row | None:
        """The head of one order; None where there is none of this number."""
        call = self._get(f"/v2/orders/{key}")
        answer = await self._api.send(call)
        if answer.status == 200:
            head = self._api.content(answer, Row, call)
            if "id" not in head:  # an error, under a status that says that all is well
                raise FAULTS.doubtful(f"{TITLE} answered 200 with no order ({call})", call)
            return head
        if answer.status == 404:
            return None
        raise FAULTS.judge(answer, call)

    async def parts(self, key: str, name: str) -> list[Row]:
        """Everything in one list of an order. Raises `Hold` where it is longer than any is."""
        rows: list[Row] = []
        while len(rows) < _LONGEST:
            number = len(rows) // _MOST_ROWS + 1
            query = {"page": str(number), "limit": str(_MOST_ROWS)}
            if name == "taxes":
                query["details"] = "true"  # else nothing says which line a tax is on
            call = self._get(f"/v2/orders/{key}/{name}", query)
            page = await self._api.ask(call, list[Row], empty=[])
            rows += page
            if len(page) < _MOST_ROWS:
                return rows
        raise Hold(
            f"The order has more than {_LONGEST} {name}.",
            do="Enter it by hand and set this one aside.",
            where=key,
            code="too-long",
        )

    async def proven(self) -> str:
        """One sentence about the store that answered."""
        told = await self._api.ask(self._get("/v2/orders/count"), _Counted)
        return f"{TITLE} answered; the store counts {told.count} orders."

    def _get(self, path: str, query: Mapping[str, str] | None = None) -> Call:
        return self._api.call("GET", path, writes=False, query=query)
