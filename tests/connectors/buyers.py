"""Customers for the stages of targets, with every awkward shape among the first few."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from msgspec.structs import replace

from counterfoil.model.address import Address
from counterfoil.model.customer import Consent, Customer
from counterfoil.twins.kit.book import Entry

ADA = Address(
    name="Ada Byron",
    line1="12 St James Square",
    town="London",
    postcode="SW1Y 4LB",
    country="GB",
    phone="07700900123",
)


def buyer(number: int, **changes: Any) -> Customer:
    """A customer; every third is a firm, every fourth has no address, every fifth two."""
    stated = Customer(
        key=str(10_841_260_523_000 + number),
        created="2026-10-05T09:12:33Z",
        updated="2026-10-05T09:12:34Z",
        first="Ada",
        last=f"Byron “{number}”",
        company=f"Engines {number} Ltd" if number % 3 == 0 else "",
        email=f"Ada.{number}@Example.com",
        phone="+447700900123" if number % 2 else "",
        addresses=() if number % 4 == 0 else (ADA, replace(ADA, town="Leeds"))[: 1 + number % 2],
        tax_number="GB123456789" if number % 3 == 0 else "",
        tax_exempt=number % 5 == 0,
        tags=("vip",) if number % 2 else (),
        consents=(Consent("email", "yes", "2026-10-05T09:12:33Z", "single"),),
        note="By the gate" if number % 2 else "",
    )
    return replace(stated, **changes)


class Booked(Protocol):
    """A twin that shows what it holds of a word."""

    def book(self, word: str, after: int = 0) -> Iterator[Entry]: ...


class Accounts:
    """What a target takes of customers, and what it holds."""

    def __init__(self, twin: Booked) -> None:
        self._twin = twin

    def document(self, number: int) -> Customer:
        return buyer(number)

    def changed(self, number: int) -> Customer:
        return buyer(number, phone=f"+4477009001{number:02d}", last=f"King {number}")

    def unmapped(self) -> None:
        return None

    def held(self, reference: str) -> int:
        return sum(entry.reference == reference for entry in self._twin.book("customer"))
