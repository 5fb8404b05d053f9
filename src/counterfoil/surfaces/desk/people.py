"""People: documents found by whom they are for, in the bodies that rest in the journal.

No index of people is kept. The newest documents of a period are read page by page, so how far was
looked is always told; and a person is only ever shown masked.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import NamedTuple

import msgspec

from counterfoil.model.address import Address
from counterfoil.store import pages, search
from counterfoil.store.postgres import Database, Transaction
from counterfoil.store.search import DocumentRow, Wanted

MOST = 100_000
"""How many documents one seek looks through at most."""

_PAGES = 20  # whose bodies are held at once


class Person(msgspec.Struct, frozen=True):
    """What of a document tells whom it is for; nothing else of the body is decoded."""

    email: str = ""
    deliver_to: Address = Address()
    invoice_to: Address = Address()

    def __str__(self) -> str:
        """For people who may not see it whole: J. B***, j***@example.com."""
        name = self.deliver_to.name or self.invoice_to.name
        return ", ".join(filter(None, (initials(name), mailbox(self.email))))


class Hit(NamedTuple):
    """A document that was found: its row, by what of its customer, and who that is, masked."""

    row: DocumentRow
    by: str
    customer: str


class Seek(msgspec.Struct):
    """One seek: what was found, and how far it looked.

    `unread` are documents that could not be read when they came; `has_more`: there are older ones,
    or as many as were asked for were found.
    """

    hits: list[Hit] = []
    looked: int = 0
    unread: int = 0
    has_more: bool = False


async def seek(database: Database, text: str, among: Wanted, limit: int) -> Seek:
    """The newest of the documents that are wanted for whom `text` is a part of the name, the e-mail
    or the postcode; at most `limit` of them."""
    sought, words = Seek(), folded(text)
    async with (
        database.transaction() as unit,
        aclosing(_pages(unit, among)) as batches,
    ):
        async for batch in batches:
            numbers = sorted({row.page for row in batch})
            bodies = await pages.bodies(database, numbers)
            for row in batch:
                if sought.looked == MOST or len(sought.hits) == limit:
                    sought.has_more = True
                    return sought
                _look(sought, row, bodies[row.page], words)
    return sought


_read = msgspec.msgpack.Decoder(Person).decode


def _look(sought: Seek, row: DocumentRow, bodies: Sequence[bytes], text: str) -> None:
    body = bodies[row.place] if row.place < len(bodies) else b""
    sought.looked += 1
    sought.unread += not body
    person = _read(body) if body else Person()
    by = found_by(person, text)
    if by:
        sought.hits.append(Hit(row, by, str(person)))


async def _pages(unit: Transaction, among: Wanted) -> AsyncGenerator[list[DocumentRow]]:
    """The documents, the newest page first, in batches of whole pages."""
    batch: list[DocumentRow] = []
    batch_pages: set[int] = set()
    async with aclosing(search.documents(unit, among, by_page=True)) as rows:
        async for row in rows:
            if row.page not in batch_pages and len(batch_pages) == _PAGES:
                yield batch
                batch, batch_pages = [], set()
            batch_pages.add(row.page)
            batch.append(row)
    if batch:
        yield batch


def folded(text: str) -> str:
    """`text` as it is compared: without case, and with single spaces."""
    return " ".join(text.casefold().split())


def found_by(person: Person, text: str) -> str:
    """By what a person answers to `text` (folded): "e-mail", "name", "postcode", or ""."""
    if not text:
        return ""
    if text in folded(person.email):
        return "e-mail"
    words = text.split()
    bare = text.replace(" ", "")
    for address in (person.deliver_to, person.invoice_to):
        names = (folded(address.name), folded(address.company))
        if any(name and all(word in name for word in words) for name in names):
            return "name"
        if bare == folded(address.postcode).replace(" ", ""):
            return "postcode"
    return ""


def initials(name: str) -> str:
    """A name that is not shown whole: Jane Brown is J. B***."""
    words = re.split(r"\s+", name.strip()) if name.strip() else []
    return " ".join(
        [f"{word[0]}." for word in words[:-1]] + [f"{word[0]}***" for word in words[-1:]]
    )


def mailbox(email: str) -> str:
    """An e-mail that is not shown whole: jane@example.com is j***@example.com."""
    name, sign, domain = email.strip().rpartition("@")
    return f"{name[:1]}***@{domain}" if sign else ("***" if domain else "")
