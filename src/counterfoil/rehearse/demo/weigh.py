"""Each route of an estate, weighed by what the twins' own books hold on both sides.

The journal only says of a difference who knows of it. What is nought here is nought by the systems'
own count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import msgspec

from counterfoil.app import House
from counterfoil.flows.route import HOUSE, Route
from counterfoil.ledger.account import State
from counterfoil.model.document import Ref
from counterfoil.model.words import Word
from counterfoil.rehearse.cast import book
from counterfoil.rehearse.cast.book import Booked
from counterfoil.rehearse.cast.estates import Way
from counterfoil.rehearse.cast.twin import Despatched
from counterfoil.rehearse.demo import fulfilment, items, outcome, stock
from counterfoil.rehearse.demo.books import Books, Pieces, Untold, compare
from counterfoil.rehearse.demo.project import Rehearsal
from counterfoil.store import aliases, connections, holds, links
from counterfoil.store.bindings import Namespace
from counterfoil.store.holds import HoldRow
from counterfoil.values.clock import from_stdlib, seconds_between

_ROWS = 1000
_NOTHING = Books({}, Pieces(0, 0, 0, 0, 0))


class Weighed(NamedTuple):
    """The books of each route; what must be nought, by name; and what somebody knows was not
    told."""

    books: Mapping[str, Books]
    checks: Mapping[str, int]
    untold: Sequence[Untold]


async def weigh(house: House, found: Rehearsal) -> Weighed:
    """Every route of an estate, weighed."""
    scales = _Scales(house, found)
    books: dict[str, Books] = {}
    checks: dict[str, int] = {}
    untold: list[Untold] = []
    for route in house.engine.routes.values():
        name, way = route.name, found.played.ways[route.name]
        if way.document == "stock":
            books[name], excess = await scales.pool(way)
            checks |= {} if way.source != HOUSE else {f"{name}-show-more": excess}
            continue
        weighed = books[name] = await scales.route(way, route)
        checks |= nought(name, weighed)
        if way.document == "fulfilment":
            untold += await scales.untold(route, weighed.untold)
    for connection in found.ports:
        if ("fulfilment", "source") in found.played.ends(connection):
            checks[f"{connection}-sent-beyond-ordered"] = await scales.sent_beyond(connection)
    return Weighed(books, checks, untold)


def nought(name: str, books: Books) -> dict[str, int]:
    """What must be nought of a route of documents, by name."""
    return {
        f"{name}-missing": books.missing,
        f"{name}-twice": books.twice,
        f"{name}-strays": books.strays,
    }


class _Scales:
    """The twins' books, each read once, and the journal's word for what differs."""

    def __init__(self, house: House, found: Rehearsal) -> None:
        self._house = house
        self._found = found
        self._parts = {part.connection: part for part in found.played.parts}
        self._booked: dict[tuple[str, Word], list[Booked]] = {}
        self._left: dict[str, list[Despatched]] = {}

    async def route(self, way: Way, route: Route) -> Books:
        """The books of a route from one twin to another."""
        states = await outcome.states(self._house, route)
        if way.document == "fulfilment":
            return await self._told(way, states)
        source = await self._book(way.source, way.document)
        target = await self._book(way.target, way.document)
        if way.document == "product" and self._parts[way.target].by_code:
            source, target = await self._by_code(way, source, target)
        return compare(way, source, target, states)

    async def pool(self, way: Way) -> tuple[Books, int]:
        """The books of a route out of the house, and how many pieces too many are shown."""
        if way.source != HOUSE:
            return _NOTHING, 0
        places = {place for names in way.gates["pools"].values() for place in names}
        ways = self._found.played.ways.values()
        counted = [
            (level, into.gates.get("places", {}))
            for into in ways
            if into.document == "stock" and into.target == HOUSE
            for level in await book.levels(self._found.ports[into.source])
        ]
        free, blocked = stock.free(counted, places)
        shows = await book.levels(self._found.ports[way.target])
        return stock.shown(free, shows, await self._sold(), blocked | await self._trouble())

    async def untold(self, route: Route, keys: Sequence[str]) -> list[Untold]:
        """What of these was not told, and who knows of it."""
        states = await outcome.states(self._house, route)
        holds_by_key = {row.key: row for row in await self._holds(route.name)}
        moved_s = {row.key: row.changed_s for row in await self._sent(route.plan.source)}
        now = self._house.engine.clock.now()
        return [
            _untold(route, key, states.get(key), holds_by_key.get(key), age_s)
            for key in keys
            for age_s in (
                int(seconds_between(from_stdlib(holds_by_key[key].since), now))
                if key in holds_by_key
                else int(now.timestamp() - moved_s[key]),
            )
        ]

    async def sent_beyond(self, connection: str) -> int:
        """Pieces that left a connection beyond what it was ordered."""
        sent = await self._sent(connection)
        return fulfilment.sent_beyond(sent, await self._book(connection, "order"))

    async def _told(self, way: Way, states: Mapping[str, State]) -> Books:
        """What left, against what was told: both by the keys of the orders of who is told."""
        (prefix,) = {
            other.prefix
            for other in self._found.played.ways.values()
            if (other.document, other.source, other.target) == ("order", way.target, way.source)
        }
        orders = await self._book(way.target, "order")
        sent = fulfilment.of_orders(await self._sent(way.source), (), prefix)
        telling = fulfilment.of_orders(await self._sent(way.target), orders)
        keys = await self._keys({sku for row in (*sent, *telling) for sku in row.pieces})
        sent, telling = (fulfilment.of_products(rows, keys) for rows in (sent, telling))
        return fulfilment.told(sent, telling, states)

    async def _keys(self, codes: Collection[str]) -> Mapping[str, str]:
        """What these stock codes mean, or meant last: goods of one product are the same, whatever
        each end calls it by now."""
        database = self._house.engine.database
        numbers = await connections.ids(database)
        ways = self._found.played.ways.values()
        masters = {way.source for way in ways if way.document == "product"}
        keys: dict[str, str] = {}
        for master in sorted(masters):
            keys |= await aliases.keys(database, Namespace(numbers[master], "product"), [*codes])
        return keys

    async def _by_code(
        self, way: Way, source: Sequence[Booked], target: Sequence[Booked]
    ) -> tuple[list[Booked], list[Booked]]:
        """Both books by the source's keys; under which key a code went that the source has no more
        only the house can say."""
        codes = await book.codes(self._found.ports[way.source], self._parts[way.source].code)
        old = [Ref(way.document, row.reference) for row in target if row.reference not in codes]
        database = self._house.engine.database
        numbers = await connections.ids(database)
        named = await links.names(database, numbers[way.target], numbers[way.source], old)
        former = {ref.key: known.names[0] for ref, known in named.items() if known.names}
        return items.by_code(source, target, codes, former)

    async def _sold(self) -> stock.Sold:
        """What the sellers sold, and the master of the levels does not have."""
        pipe, unsure = Counter[str](), Counter[str]()
        sellers = {part.connection for part in self._found.played.sellers}
        for route in self._house.engine.routes.values():
            way = self._found.played.ways[route.name]
            if way.document != "order" or way.source not in sellers:
                continue
            references = {order.reference for order in await self._book(way.target, "order")}
            states = await outcome.states(self._house, route)
            orders = await self._book(way.source, "order")
            sales = stock.sold(orders, references, way.prefix, states)
            pipe, unsure = pipe + sales.pipe, unsure + sales.unsure
        return stock.Sold(pipe, unsure)

    async def _trouble(self) -> set[str]:
        """The SKUs of whose levels a person has to decide."""
        routes = [name for name, way in self._found.played.ways.items() if way.document == "stock"]
        return {row.key.rpartition("@")[0] for name in routes for row in await self._holds(name)}

    async def _holds(self, route: str) -> list[HoldRow]:
        rows: list[HoldRow] = []
        while True:
            page = await holds.open_now(self._house.engine.database, route, None, _ROWS, len(rows))
            rows += page
            if len(page) < _ROWS:
                return rows

    async def _book(self, connection: str, word: Word) -> list[Booked]:
        if (connection, word) not in self._booked:
            port = self._found.ports[connection]
            self._booked[connection, word] = await book.booked(port, word)
        return self._booked[connection, word]

    async def _sent(self, connection: str) -> list[Despatched]:
        if connection not in self._left:
            self._left[connection] = [
                msgspec.structs.replace(row, key=self._parts[connection].despatch(row.key))
                for row in await book.despatched(self._found.ports[connection])
            ]
        return self._left[connection]


def _untold(
    route: Route, key: str, state: State | None, hold: HoldRow | None, age_s: int
) -> Untold:
    word = state.word if state is not None else ""
    if hold is not None:
        return Untold(route.name, key, word, hold.cause, hold.owner, age_s)
    return Untold(route.name, key, word, word, route.plan.owner, age_s)
