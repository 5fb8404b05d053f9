"""The calls of one GraphQL address: paid for at the price of last time, judged at 200 as well.

What a query costs is often the vendor's secret until it has answered. So each kind of query is paid
for at what it cost last time, and the budget corrected by what the answer says.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

from counterfoil.kit.api.api import Api
from counterfoil.kit.api.call import Call
from counterfoil.kit.api.faults import Place, member
from counterfoil.kit.formats import graphql, strict_json
from counterfoil.kit.formats.graphql import Body, Documents
from counterfoil.kit.transport import Answer
from counterfoil.values.errors import CounterfoilError, Refuse, Retry


class Price(msgspec.Struct, frozen=True):
    """What one query reserved in points, what of it was really used, and how much is left."""

    reserved: float
    used: float
    left: float


class Meter(msgspec.Struct, frozen=True):
    """Where the extensions of an answer say in points what its query reserved, what of it was used
    (perhaps nothing is said), how much is left, and how much comes back in a second."""

    reserved: Place
    used: Place
    left: Place
    restored: Place

    def price(self, body: Body) -> Price | None:
        """What the query cost, where it is told. Raises `Refuse` where it has another shape."""
        if member(body.extensions, self.reserved[:1]) is None:
            return None
        used = member(body.extensions, self.used) or 0
        return Price(
            _points(member(body.extensions, self.reserved)),
            _points(used),
            _points(member(body.extensions, self.left)),
        )

    def refill_s(self, body: Body, otherwise_s: float, most_s: float) -> float:
        """Seconds until there is as much as the query wants: `otherwise_s` where nothing is told,
        at least a tenth and at most `most_s`."""
        price = self.price(body)
        restored = 0.0 if price is None else _points(member(body.extensions, self.restored))
        if price is None or restored <= 0:
            return otherwise_s
        return min(most_s, max(0.1, (price.reserved - price.left) / restored))


def _points(value: object) -> float:
    # JSON numbers with a fraction arrive as text, so that no amount is ever a float.
    return strict_json.convert(value, float, what="The cost", lax=True)


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
        self,
        document: str,
        variables: Mapping[str, Any],
        *,
        kind: str,
        estimate: float,
        writes: bool = False,
    ) -> tuple[Body, Answer]:
        """What a document is answered; it `writes` where it is a mutation of documents.

        `kind` names it and the sizes it was asked with; `estimate` are the points that it is taken
        for until its price is known. Raises what the vendor's table and dialect say; nothing is
        asked twice, save once after a token that has died.
        """
        call = self._api.call("POST", self._path, writes=writes)
        content = graphql.encode(document, variables)
        return await self._send(call, content, kind=kind, estimate=estimate)

    async def tell(self, content: bytes, *, kind: str, estimate: float) -> tuple[Body, Answer]:
        """What a mutation is answered that is encoded already; raises as `ask` does, and `Settle`
        where it may have been done."""
        call = self._api.call("POST", self._path, writes=True)
        return await self._send(call, content, kind=kind, estimate=estimate)

    async def _send(
        self, call: Call, content: bytes, *, kind: str, estimate: float
    ) -> tuple[Body, Answer]:
        reserved = min(self._dialect.most, self._prices.get(kind, estimate))
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
        page; a read has changed nothing), `Refuse` where it is JSON of another shape; of a write
        `Settle` in either case, for it may have landed."""
        try:
            return graphql.parse(answer.body, what=f"{call.where}'s answer")
        except Refuse as error:
            if call.writes:
                sentence = f"{call.where} answered 200 with something unreadable"
                raise self._api.faults.doubtful(sentence, call) from None
            if error.code != "bad-json":
                raise
            raise Retry(
                f"{call.where} answered 200 with something that is not JSON.",
                after_s=self._api.faults.wait_s,
                do=error.said,
                where=call.where,
                code="not-json",
            ) from None


class UserError(msgspec.Struct, frozen=True):
    """What a mutation says of a thing that it did not do: why, and at which path of its input."""

    message: str
    field: list[str] | None = None
    code: str | None = None

    @property
    def place(self) -> int:
        """Which of several things it is about: the first number of its path; -1: all of them."""
        return next((int(step) for step in self.field or () if step.isdecimal()), -1)

    @property
    def quoted(self) -> str:
        """As much of it as a person is shown."""
        return self.message[:200]


class Ask(Protocol):
    """Asks a document, as `GraphQL.ask` does, and gives the body that answers."""

    def __call__(
        self, document: str, variables: Mapping[str, Any], *, kind: str, estimate: float
    ) -> Awaitable[Body]: ...


def more_rows(
    ask: Ask, documents: Documents, wanted: Wanted
) -> Callable[[strict_json.Object, int, str], Awaitable[strict_json.Object]]:
    """Asks for further rows of a document, of which so many follow a cursor: the query `fragment`
    by its id, which has it at a `field` (`completion.More`)."""

    async def more(document: strict_json.Object, first: int, after: str) -> strict_json.Object:
        values = {"id": document["id"], "first": first, "after": after}
        query = documents[wanted.fragment]
        kind = f"{wanted.fragment} {first}"
        body = await ask(query, values, kind=kind, estimate=wanted.points)
        return body.get(wanted.field) or {}

    return more


class Wanted(NamedTuple):
    """Rows at a `field` of the schema, each as `fragment` tells it, at about `points` each."""

    field: str
    fragment: str
    points: float


async def rows_of(
    ask: Ask, documents: Documents, wanted: Wanted, identities: Sequence[str],
    **values: int | str,
) -> list[strict_json.Object | None]:  # fmt: skip
    """The row of each identity, None where there is none; `values` are what the fragment needs: a
    whole number is an Int!, a text an ID!. Raises as `ask` does."""
    field, fragment, points = wanted
    types = {name: "Int!" if isinstance(value, int) else "ID!" for name, value in values.items()}
    document = documents.several(field, len(identities), fragment, **types)
    named = {f"k{place}": identity for place, identity in enumerate(identities)}
    kind = " ".join([fragment, str(len(identities)), *(str(value) for value in values.values())])
    body = await ask(document, {**values, **named}, kind=kind, estimate=points * len(identities))
    return strict_json.convert(
        [body.get(f"o{name}") for name in named], list[strict_json.Object | None], what="The rows"
    )
