"""The calls of one GraphQL address: paid for at the price of last time, judged at 200 as well.

What a query costs is often the vendor's secret until it has answered. So each kind of query is paid
for at what it cost last time, and the budget corrected by what the answer says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from counterfoil.kit.api.api import Api
from counterfoil.kit.api.call import Call
from counterfoil.kit.formats import graphql
from counterfoil.kit.formats.graphql import Body
from counterfoil.kit.transport import Answer
from counterfoil.values.errors import CounterfoilError, Refuse, Retry


class Price(msgspec.Struct, frozen=True):
    """What one query reserved in points, what of it was really used, and how much is left."""

    reserved: float
    used: float
    left: float


class Dialect(msgspec.Struct, frozen=True):
    """A vendor's own words beside the data: what a query cost, and the error that a body states;
    None where it says nothing. `most` points are what any query can cost at all."""

    price: Callable[[Body], Price | None]
    fault: Callable[[Body, Call], CounterfoilError | None]
    most: float


class GraphQL:
    """Queries at one path of an `Api`, taken from the budget `bucket`."""

    def __init__(self, api: Api, path: str, bucket: str, dialect: Dialect) -> None:
        self._api = api
        self._path = path
        self._bucket = bucket
        self._dialect = dialect
        self._prices: dict[str, float] = {}

    async def ask(
        self, document: str, variables: Mapping[str, Any], *, kind: str, estimate: float
    ) -> tuple[Body, Answer]:
        """What a document is answered.

        `kind` names it and the sizes it was asked with; `estimate` are the points that it is taken
        for until its price is known. Raises what the vendor's table and dialect say; nothing is
        asked twice, save once after a token that has died.
        """
        reserved = min(self._dialect.most, self._prices.get(kind, estimate))
        call = self._api.call("POST", self._path, writes=False)
        content = graphql.encode(document, variables)
        answer = await self._api.send(call, content, costs={self._bucket: reserved})
        if answer.status != 200:
            raise self._api.faults.judge(answer, call)
        body = self._body(answer, call)
        price = self._dialect.price(body)
        if price is not None:
            self._prices[kind] = price.reserved
            # What was reserved and not used goes back at the vendor, and so it does in our book.
            unused = max(0.0, reserved - price.used)
            await self._api.transport.throttle.reconcile(self._bucket, price.left, unused)
        fault = self._dialect.fault(body, call)
        if fault is not None:
            raise fault
        return body, answer

    def _body(self, answer: Answer, call: Call) -> Body:
        """The body of an answer of status 200. Raises `Retry` where it is not JSON (a maintenance
        page; a read has changed nothing), `Refuse` where it is JSON of another shape."""
        try:
            return graphql.parse(answer.body, what=f"{call.where}'s answer")
        except Refuse as error:
            if error.code != "bad-json":
                raise
            raise Retry(
                f"{call.where} answered 200 with something that is not JSON.",
                after_s=self._api.faults.wait_s,
                do=error.said,
                where=call.where,
                code="not-json",
            ) from None
