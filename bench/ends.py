"""The two ends of a bench: sources that have their documents ready, targets that answer at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import aiohttp
import msgspec

from counterfoil.kit.connector import CensusPage, Intent, Listing, Reading, Seen, Written
from counterfoil.kit.sockets import Sockets
from counterfoil.kit.throttle import Throttle
from counterfoil.kit.transport import Destination, Transport
from counterfoil.model.line import Line
from counterfoil.model.order import Order
from counterfoil.values.clock import Clock, Instant
from counterfoil.values.errors import CounterfoilError

PAGE = 250


def order(number: int) -> Order:
    """Order `number`, one line; its version rises with its number."""
    at = f"2026-11-02T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z"
    return Order(
        key=str(6_000_000 + number),
        number=f"#{number}",
        placed=at,
        created=at,
        updated=at,
        currency="GBP",
        tax_included=True,
        lines=(Line("1", "TEE-BLK-M", "Tee, black, M", 1, 1250, tax_minor=208, tax_rate="0.2"),),
        total_minor=1250,
        tax_minor=208,
        paid="paid",
        email="jo.bloggs@example.com",
    )


def reading(one: Order) -> Reading[Order]:
    """The order as its source gives it."""
    return Reading(one.key, one.number, one.version, one.total_minor, one.currency, one)


def page(first: int, count: int) -> Sequence[Reading[Order]]:
    """Orders `first` and on."""
    return tuple(reading(order(number)) for number in range(first, first + count))


class Shop:
    """`count` orders from `first` on, in pages of 250; `ready`: all made before anything starts."""

    def __init__(self, first: int, count: int, *, ready: bool) -> None:
        self._first = first
        self._count = count
        self._pages = [self._made(at) for at in range(0, count, PAGE)] if ready else []

    def _made(self, at: int) -> Sequence[Reading[Order]]:
        return page(self._first + at, min(PAGE, self._count - at))

    def parse(self, body: bytes) -> Reading[Order]:
        """Never asked: nothing is pushed here."""
        raise NotImplementedError

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Order]]:
        """Nothing is asked for by identity."""
        return ()

    async def since(self, mark: Instant | None, cursor: str | None) -> Listing[Order]:
        """The next page."""
        at = int(cursor or 0)
        found = self._pages[at // PAGE] if self._pages else self._made(at)
        more = str(at + PAGE) if at + PAGE < self._count else None
        return Listing(tuple(found), more)

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """No census is taken here."""
        return CensusPage((), None)


class Nothing:
    """A target in memory that takes everything at once and keeps none of it."""

    def compose(self, document: Order) -> Intent:
        """A small payload: what is measured is the house, not a vendor's shape."""
        fields = {"reference": document.key, "total": document.total_minor}
        return Intent(document.key, msgspec.json.encode(fields), fields)

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        """Taken."""
        return [Written(f"OR{intent.reference}", intent.reference) for intent in intents]

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Nothing is read back."""
        return {}

    async def close(self) -> None:
        """Nothing is open."""


class Posting(Nothing):
    """One POST a document over the house's own transport to the sink at `port`."""

    def __init__(self, port: int, throttle: Throttle, clock: Clock) -> None:
        self._wire = Sockets()
        self._transport = Transport(
            Destination(f"http://127.0.0.1:{port}", ("127.0.0.1",), where="sink"),
            wire=self._wire,
            throttle=throttle,
            clock=clock,
        )

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        """Posted; the sink answers with its own name of the document."""
        (intent,) = intents
        answer = await self._transport.call("POST", "/orders", writes=True, body=intent.payload)
        return [Written(str(msgspec.json.decode(answer.body)["orderId"]), intent.reference)]

    async def close(self) -> None:
        """Let the connections go."""
        await self._wire.close()


async def post_all(port: int, payloads: Sequence[bytes], at_once: int) -> None:
    """The peer of `Posting`: the same posts by a bare aiohttp client, `at_once` at a time."""
    left = iter(payloads)
    connector = aiohttp.TCPConnector(limit=at_once)
    async with aiohttp.ClientSession(connector=connector) as client:

        async def lane() -> None:
            for payload in left:
                url = f"http://127.0.0.1:{port}/orders"
                async with client.post(url, data=payload) as answer:
                    await answer.read()

        await asyncio.gather(*(lane() for _ in range(at_once)))
