"""Customers out of Shopify: by number, by change, and all that stand.

A message leaves out consents, tags and most addresses, so that it only names a customer. But what
is gone there can be read no more: of a customer who was merged, deleted or erased the message is
all that there is, and the moment when it came is the moment of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from counterfoil.connectors.shopify.client import DOCUMENTS, Client
from counterfoil.connectors.shopify.customer_fields import ReadCustomer, flat
from counterfoil.connectors.shopify.fields import number
from counterfoil.kit.api.faults import member
from counterfoil.kit.api.graphql import Wanted, rows_of
from counterfoil.kit.api.paging import Nodes, Sizes, exact_count, inside, relay
from counterfoil.kit.api.reading import inside_of
from counterfoil.kit.connector import CensusPage, Hint, Listing, Reading
from counterfoil.kit.formats import strict_json
from counterfoil.kit.formats.strict_json import Object
from counterfoil.kit.mark import moment, newest
from counterfoil.model.customer import Customer, CustomerStatus
from counterfoil.values.clock import Instant, instant, whole_second
from counterfoil.values.errors import Refuse

_SCHEME: Final = "gid://shopify/Customer/"
_ROUND_PAGE, _READ_PAGE = 250, 10
_LISTING, _ROUND, _ONE = 300.0, 30.0, 20.0  # first estimates in points
_WHOLE: Final = Wanted("customer", "WholeCustomer", _ONE)
_KEPT, _GONE = (f"admin_graphql_api_customer_{word}_id" for word in ("kept", "deleted"))
_PLACES: Final = ("admin_graphql_api_id", "id", "customer_id", "customerId")
"""Where a message names its customer, the exact spelling first."""
_ALIVE: Final = ("updated_at", "occurredAt", "email_marketing_consent", "sms_marketing_consent")
"""Members of which a message of somebody who was deleted has none."""


class CustomerSource:
    """The customers of one connection (`kit.connector.Source`)."""

    def __init__(self, client: Client, settings: Mapping[str, Any]) -> None:
        self._client = client
        addresses: int = settings["addresses_per_customer"]
        self._page = Sizes(settings["customers_per_page"], addresses)
        self._few = Sizes(_READ_PAGE, addresses)
        self._reader = ReadCustomer(client.where)

    def parse(self, body: bytes, at: Instant) -> tuple[Reading[Customer] | Hint, ...]:
        """Who is gone by a message, and whom else it names. Raises `Refuse` where it names none."""
        message = strict_json.parse(body, what="The webhook")
        if (survivor := member(message, (_KEPT,))) is not None:
            names = (_named(survivor), _named(member(message, (_GONE,))))
            if member(message, ("status",)) != "completed":
                return (Hint(names),)
            return self._gone(names[1], "merged", at, names[0]), Hint(names[:1])
        if member(message, ("orders_to_redact",)) is not None:
            return (self._gone(_named(member(message, ("customer", "id"))), "erased", at),)
        places = [member(message, (name,)) for name in _PLACES]
        key = _named(next((place for place in places if place is not None), None))
        if any(member(message, (part,)) is not None for part in _ALIVE):
            return (Hint((key,)),)
        return (self._gone(key, "deleted", at),)

    def reread(self, source: bytes, at: Instant) -> Reading[Customer]:
        """Read a customer that was kept."""
        return self._reader.read(strict_json.parse(source, what="What was kept"), at, source)

    def read_any(self, body: bytes, at: Instant) -> Reading[Customer]:
        """Read a customer as GraphQL tells it, or an answer that holds one."""
        value = inside_of(strict_json.parse(body, what="The file"), "data", "customer")
        return self._reader.read(flat(strict_json.convert(value, Object)), at)

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Customer]]:
        """The customers with these numbers, by identity."""

        async def ask(batch: Sequence[str], addresses: int) -> list[Object | None]:
            names = [f"{_SCHEME}{key}" for key in batch]
            return await rows_of(self._client.ask, DOCUMENTS, _WHOLE, names, addresses=addresses)

        nodes = await self._few.batches(keys, ask)
        return [self._reading(node) for node in nodes if node is not None]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Customer]:
        """One page of what changed at or after the moment `mark`, the oldest change first."""
        start = moment(mark)
        search = None if start is None else f"updated_at:>='{whole_second(start)}'"

        async def ask(first: int, addresses: int) -> Nodes:
            values = {"first": first, "addresses": addresses, "after": cursor, "query": search}
            kind = f"customers {first} x {addresses}"
            body = await self._client.ask(
                DOCUMENTS["Customers"], values, kind=kind, estimate=_LISTING
            )
            return relay(body.get("customers"), cursor)

        page = await self._page.asked(ask)
        if start is not None:
            inside(page.nodes, "updatedAt", instant(whole_second(start)), None, title="Shopify")
        readings = [self._reading(node) for node in page.nodes]
        return Listing(tuple(readings), page.cursor, newest(readings))

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """One page of every customer that stands, by number; with Shopify's own count where it is
        exact."""
        counted = cursor is None
        values = {"first": _ROUND_PAGE, "after": cursor, "counted": counted}
        document = DOCUMENTS["CustomerRound"]
        body = await self._client.ask(document, values, kind="customer round", estimate=_ROUND)
        page = relay(body.get("customers"), cursor)
        rows = tuple(self._reader.counted(node) for node in page.nodes)
        return CensusPage(rows, page.cursor, exact_count(body.get("customersCount"), "EXACT"))

    def _gone(
        self, key: str, status: CustomerStatus, at: Instant, kept: str = ""
    ) -> Reading[Customer]:
        now = at.format_iso()
        customer = Customer(key, now, now, status, kept)
        row = flat({"id": f"{_SCHEME}{key}", "gone": msgspec.to_builtins(customer)})
        return self._reader.read(row, at, strict_json.encode(row))

    def _reading(self, node: Object) -> Reading[Customer]:
        row = flat(node)
        return self._reader.read(row, self._client.clock.now(), strict_json.encode(row))


def _named(identity: object) -> str:
    key = "" if identity is None else number(identity, "")
    if not key.isdecimal():
        sentence = "The message does not say which customer it is about."
        raise Refuse(sentence, do="Subscribe to topics of customers alone.", code="no-identity")
    return key
