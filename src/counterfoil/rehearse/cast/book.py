"""What a twin holds by its own book, asked over HTTP while it plays in a process of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Generic, Literal, TypeVar

import aiohttp
import msgspec

from counterfoil.model.words import Word
from counterfoil.rehearse.cast.twin import Despatched

_PAGE: Final = 1000
_PIECE: Final = 1000
_BY_REFERENCE: Final[frozenset[Word]] = frozenset({"product"})
"""Of what the book's reference is the identity that both ends know, and its key is the twin's."""


class Booked(msgspec.Struct, frozen=True):
    """One document as a twin holds it: minor units of a currency ("" where it names none), and
    pieces of goods, by SKU too. `key` is the twin's own name for it, `reference` what its sender
    calls it, `of` the key of the order that it is of. `changed_s` is the moment of its last change,
    in seconds since 1970."""

    key: str
    reference: str
    minor: int
    currency: str
    pieces: int
    units: Mapping[str, int] = {}
    of: str = ""
    changed_s: int = 0


class Moved(msgspec.Struct, frozen=True):
    """Money that moved an account of a twin's: minor units of a currency, below zero what left it;
    `reference` is of what."""

    reference: str
    minor: int
    currency: str
    account: str


class Level(msgspec.Struct, frozen=True):
    """What a twin can promise of a SKU at a place of its own, in thousandths of a piece."""

    sku: str
    place: str
    free: int


class _Facts(msgspec.Struct, frozen=True):
    """What a document comes to now, where that can differ from what it was; and its pieces, told
    by stock code or as their sum; how a despatch is followed, and what a level is made of."""

    pieces: int | None = None
    units: dict[str, int] = {}
    current_minor: int | None = None
    tracking: tuple[str, ...] = ()
    void: bool = False
    order: str = ""
    account: str = ""
    on_hand: int | None = None
    allocated: int = 0
    aside: int = 0


class _Entry(msgspec.Struct, frozen=True):
    key: str
    reference: str
    measure: tuple[int, str]
    facts: _Facts
    changed_s: int = 0


class _Coded(msgspec.Struct, frozen=True):
    """A product, with every fact that its twin tells."""

    key: str
    reference: str
    facts: dict[str, str | int | float | bool | None]


class _Accepted(msgspec.Struct, frozen=True):
    """A page of what was acknowledged, as topic and digest."""

    accepted: list[tuple[str, str]]


E = TypeVar("E", _Entry, _Coded)


class _Book(msgspec.Struct, Generic[E], frozen=True):
    """A page of a book."""

    entries: list[E]


async def accepted(port: int, after: tuple[str, str]) -> list[tuple[str, str]]:
    """The topic and digest of the messages of the twin at this port that were acknowledged, a page
    that begins after `after`."""
    address = f"http://127.0.0.1:{port}/_twin/accepted?topic={after[0]}&digest={after[1]}"
    async with aiohttp.ClientSession() as client, client.get(address) as answer:
        return msgspec.json.decode(await answer.read(), type=_Accepted).accepted


async def booked(port: int, word: Word) -> list[Booked]:
    """Every document of a word in the book of the twin at this port of the loopback address."""
    return [_booked(entry, word in _BY_REFERENCE) for entry in await _entries(port, word)]


async def codes(port: int, fact: str) -> dict[str, str]:
    """The keys of what is sold by its stock code, which is this fact in the book of the twin at
    this port."""
    entries = await _pages(port, "product", _Coded)
    return {str(entry.facts[fact]): entry.reference for entry in entries if entry.facts.get(fact)}


async def despatched(port: int) -> list[Despatched]:
    """Everything that left, or that it was told had left, by the book of the twin at this port."""
    return [
        Despatched(
            *(entry.key, entry.reference, entry.facts.units, entry.facts.tracking),
            entry.facts.void,
            entry.changed_s,
        )
        for entry in await _entries(port, "fulfilment")
    ]


async def moved(port: int) -> list[Moved]:
    """Everything that moved an account, by the book of the twin at this port."""
    return [
        Moved(entry.reference, *entry.measure, entry.facts.account)
        for entry in await _entries(port, "account")
    ]


async def levels(port: int) -> list[Level]:
    """Every level of stock in the book of the twin at this port."""
    return [_level(entry) for entry in await _entries(port, "stock")]


async def _entries(port: int, word: Word | Literal["account"]) -> list[_Entry]:
    return await _pages(port, word, _Entry)


async def _pages(port: int, word: Word | Literal["account"], kind: type[E]) -> list[E]:
    entries: list[E] = []
    async with aiohttp.ClientSession() as client:
        while True:
            query = f"after={entries[-1].key if entries else 0}&limit={_PAGE}"
            address = f"http://127.0.0.1:{port}/_twin/book/{word}?{query}"
            async with client.get(address) as answer:
                page = msgspec.json.decode(await answer.read(), type=_Book[kind])
            entries += page.entries
            if len(page.entries) < _PAGE:
                return entries


def _booked(entry: _Entry, by_reference: bool) -> Booked:
    facts, (minor, currency) = entry.facts, entry.measure
    return Booked(
        key=entry.reference if by_reference else entry.key,
        reference=entry.reference,
        minor=minor if facts.current_minor is None else facts.current_minor,
        currency=currency,
        pieces=sum(facts.units.values()) if facts.pieces is None else facts.pieces,
        units=facts.units,
        of=facts.order,
        changed_s=entry.changed_s,
    )


def _level(entry: _Entry) -> Level:
    """A level, whether its twin counts it in pieces, in thousandths, or by what it is made of."""
    facts, (amount, unit) = entry.facts, entry.measure
    sku, _, place = entry.reference.rpartition("@")
    if facts.on_hand is not None:
        return Level(sku, place, facts.on_hand - facts.allocated - facts.aside)
    return Level(sku, place, amount if unit == "thousandth" else amount * _PIECE)
