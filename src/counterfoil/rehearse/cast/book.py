"""What a twin holds by its own book, asked over HTTP while it plays in a process of its own."""

from __future__ import annotations

import aiohttp
import msgspec

_PAGE = 1000


class Booked(msgspec.Struct, frozen=True):
    """One document as a twin holds it: minor units of a currency ("" where it names none), and
    pieces of goods. `key` is the twin's own name for it, `reference` what its sender calls it."""

    key: str
    reference: str
    minor: int
    currency: str
    pieces: int


class _Facts(msgspec.Struct, frozen=True):
    """What a document comes to now, where that can differ from what it was; and its pieces, told
    by stock code or as their sum."""

    pieces: int | None = None
    units: dict[str, int] = {}
    current_minor: int | None = None


class _Entry(msgspec.Struct, frozen=True):
    key: str
    reference: str
    measure: tuple[int, str]
    facts: _Facts


class _Accepted(msgspec.Struct, frozen=True):
    """A page of what was acknowledged, as topic and digest."""

    accepted: list[tuple[str, str]]


class _Book(msgspec.Struct, frozen=True):
    """A page of a book."""

    entries: list[_Entry]


async def accepted(port: int, after: tuple[str, str]) -> list[tuple[str, str]]:
    """The topic and digest of the messages of the twin at this port that were acknowledged, a page
    that begins after `after`."""
    address = f"http://127.0.0.1:{port}/_twin/accepted?topic={after[0]}&digest={after[1]}"
    async with aiohttp.ClientSession() as client, client.get(address) as answer:
        return msgspec.json.decode(await answer.read(), type=_Accepted).accepted


async def booked(port: int, word: str) -> list[Booked]:
    """Every document of a word in the book of the twin at this port of the loopback address."""
    entries: list[Booked] = []
    async with aiohttp.ClientSession() as client:
        while True:
            query = f"after={entries[-1].key if entries else 0}&limit={_PAGE}"
            address = f"http://127.0.0.1:{port}/_twin/book/{word}?{query}"
            async with client.get(address) as answer:
                page = msgspec.json.decode(await answer.read(), type=_Book)
            entries += map(_booked, page.entries)
            if len(page.entries) < _PAGE:
                return entries


def _booked(entry: _Entry) -> Booked:
    facts, (minor, currency) = entry.facts, entry.measure
    return Booked(
        key=entry.key,
        reference=entry.reference,
        minor=minor if facts.current_minor is None else facts.current_minor,
        currency=currency,
        pieces=sum(facts.units.values()) if facts.pieces is None else facts.pieces,
    )
