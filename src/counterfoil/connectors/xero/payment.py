"""Payments of invoices and of credit notes: steps of what they pay, each looked up by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from counterfoil.connectors.xero.client import Client
from counterfoil.kit.api.readback import text
from counterfoil.kit.api.row_answers import Kind
from counterfoil.kit.api.width import Width
from counterfoil.kit.connector import Answer, Intent, Seen, Step
from counterfoil.mapping.bookkeeping import Bookkeeping
from counterfoil.mapping.unit_price import NUMBERS
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.values.money import Money

PAYMENTS: Final = Kind("Payments", "PaymentID", "Reference")
STEP: Final = "payment"
KEY: Final = Width("The key of a payment", 200, r"A-Za-z0-9 ._:/#-")  # quoted in a query
_OF: Final = "~"
"""Stands between a document's number and the key of a payment of it."""
_ENCODER: Final = msgspec.json.Encoder()


class Payments:
    """The payments of one connection; `gateways` has the account of each."""

    def __init__(self, client: Client, books: Bookkeeping, gateways: ValueMap) -> None:
        self._client = client
        self._books = books
        self._gateways = gateways

    def step(self, kind: Kind, number: str, key: str, gateway: str, paid: Money, at: str) -> Step:
        """The payment of the document of a kind that has this number, called by its own `key`.

        Raises `Hold` for a gateway without an account, and for a key that no query can ask for.
        """
        reference = f"{number}{_OF}{KEY.fits(key)}"
        body = {
            kind.collection.removesuffix("s"): {kind.reference: number},
            "Account": {"Code": self._gateways.look_up(gateway)},
            "Date": self._books.date(at),
            "Amount": NUMBERS[paid.currency][paid.minor],
            "Reference": reference,
        }
        return Step(STEP, reference, _ENCODER.encode(body))

    async def put(self, kind: Kind, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Make documents of a kind, or the payments of some. Raises `Settle` where they may have
        landed."""
        return await self._client.put(PAYMENTS if intents[0].step == STEP else kind, intents)

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Every living payment under these of the references that are of payments."""
        payments, seen = others(references, payments=True), dict[str, Sequence[Seen]]()
        for row in await self._client.called(PAYMENTS, payments) if payments else ():
            reference = text(row.get("Reference"))
            if reference in payments and row.get("Status") != "DELETED":
                payment = Seen(text(row.get("PaymentID")), reference, {})
                seen[reference] = [*seen.get(reference, ()), payment]
        return seen


def others(references: Sequence[str], *, payments: bool = False) -> Sequence[str]:
    """Those of the references that are of documents, or of payments."""
    return [reference for reference in references if (_OF in reference) is payments]
