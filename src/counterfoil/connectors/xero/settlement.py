"""The payout in Xero: what the provider kept, and a transfer, over a clearing account.

Bank transactions and a transfer, and no manual journal: a manual journal cannot touch a bank
account, and the clearing account is one, since the payments of invoices are made from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from counterfoil.connectors.xero.client import Client
from counterfoil.connectors.xero.paper import day
from counterfoil.kit.api.paging import Row
from counterfoil.kit.api.readback import add, amount, flat, text
from counterfoil.kit.api.row_answers import Kind
from counterfoil.kit.api.width import Width
from counterfoil.kit.connector import Answer, Field, Intent, Seen, Step
from counterfoil.kit.connector import Kind as FieldKind
from counterfoil.mapping.bookkeeping import Bookkeeping
from counterfoil.mapping.clearing import Clearing, Posted, clearing
from counterfoil.mapping.unit_price import json_number
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.settlement import Settlement
from counterfoil.values.errors import Hold

_SPEND: Final = Kind("BankTransactions", "BankTransactionID", "Reference")
_TRANSFER: Final = Kind("BankTransfers", "BankTransferID", "Reference")
_STEPS: Final = {"costs": _SPEND, "credits": _SPEND, "transfer": _TRANSFER, "return": _TRANSFER}
"""What a payout is made of there; a return comes from the bank, where more is taken than paid."""
_KEY: Final = Width("The key of a payout", 200, r"A-Za-z0-9 ._:/#-")  # quoted in a query
_DEAD: Final = ("DELETED", "VOIDED")
_ENCODE: Final = msgspec.json.Encoder().encode
KINDS: Final[Mapping[str, FieldKind]] = {
    "costs": "money", "credits": "money", "transfer": "money", "date": "code", "clearing": "code",
}  # fmt: skip


class Banks(msgspec.Struct, frozen=True):
    """By currency the account over which payouts are cleared, and the bank's; `accounts` by what
    the provider keeps money for, which goes to `contact`."""

    clearing: ValueMap
    bank: ValueMap
    accounts: ValueMap
    contact: str


class SettlementTarget:
    """Payouts into Xero, as `kit.connector.Target`."""

    def __init__(self, client: Client, books: Bookkeeping, banks: Banks) -> None:
        self._client = client
        self._books = books
        self._banks = banks

    def compose(self, document: Settlement) -> Intent:
        """What a payout posts (pure), each part of it a step. Raises `Hold` where it is not the sum
        of its entries, moves nothing, or names an account that nobody has mapped."""
        self._books.check_currency(f"Payout {document.number}", document.currency)
        posted, date = clearing(document, self._banks.accounts), self._books.date(document.issued)
        account, bank = (
            words.look_up(document.currency) for words in (self._banks.clearing, self._banks.bank)
        )
        bodies = {
            **self._transactions(document, posted, account),
            **_transfer(posted.transfer_minor, account, bank, document.currency),
        }
        key = _KEY.fits(document.key)
        steps = tuple(_step(key, name, date, body) for name, body in bodies.items())
        if not steps:
            raise Hold(
                f"Payout {document.number} moves nothing.",
                do="Nothing is posted of it: set it aside.",
                code="nothing-to-post",
            )
        expect: dict[str, Field] = {"date": date, "transfer": posted.transfer_minor}
        if posted.costs or posted.credits:
            expect["clearing"] = account
        for name, lines in (("costs", posted.costs), ("credits", posted.credits)):
            for line in lines:
                add(expect, f"{name}[{line.account}]", line.minor)
        unseen = ("accounts",) if posted.transfer_minor else ()
        return Intent(steps[0].reference, b"", expect, (), KINDS, unseen, steps)

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Make one step of each; raises `Settle` where it may have landed."""
        answers: list[Answer] = []
        for intent in intents:
            step = intent if intent.step else intent.call(())
            answers += await self._client.put(_STEPS[step.step], [step])
        return answers

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """What stands under each reference, with all that was posted of the same payout."""
        standing: dict[str, Sequence[Seen]] = {}
        for key in dict.fromkeys(reference.rpartition("-")[0] for reference in references):
            rows = [row for kind in (_SPEND, _TRANSFER) for row in await self._found(kind, key)]
            fields = self._fields(rows)
            for name, kind in _STEPS.items():
                mine = [row for row in rows if row["Reference"] == f"{key}-{name}"]
                parts = [Seen(text(row[kind.id]), f"{key}-{name}", fields) for row in mine]
                if parts and f"{key}-{name}" in references:
                    standing[f"{key}-{name}"] = parts
        return standing

    async def _found(self, kind: Kind, key: str) -> Sequence[Row]:
        """The parts of a payout of one kind that are not dead; transfers have no pages."""
        names = [f"{key}-{name}" for name, other in _STEPS.items() if other is kind]
        rows = await self._client.called(kind, names, paged=kind is not _TRANSFER)
        alive = (row for row in rows if row.get("Status") not in _DEAD)
        return [row for row in alive if row.get("Reference") in names]

    def _fields(self, rows: Sequence[Row]) -> dict[str, Field]:
        """What is posted of a payout, by account; what came from the bank is below zero."""
        fields: dict[str, Field] = {"transfer": 0}
        for row in rows:
            fields["date"] = day(row.get("Date"))
            name, currency = (
                text(row["Reference"]).rpartition("-")[2],
                text(row.get("CurrencyCode")),
            )
            if _STEPS[name] is _TRANSFER:
                moved = amount(row.get("Amount"), currency)
                back = name == "return" and isinstance(moved, int)
                add(fields, "transfer", -moved if back else moved)  # type: ignore[operator]
                continue
            fields["clearing"] = text(flat(row).get("BankAccount.Code"))
            for line in row.get("LineItems") or ():
                account = text(line.get("AccountCode"))
                add(fields, f"{name}[{account}]", amount(line.get("LineAmount"), currency))
        return fields

    def _transactions(
        self, document: Settlement, posted: Clearing, account: str
    ) -> dict[str, dict[str, Any]]:
        sides = {"costs": ("SPEND", posted.costs), "credits": ("RECEIVE", posted.credits)}
        return {
            name: {
                "Type": type_,
                "Contact": {"Name": self._banks.contact},
                "BankAccount": {"Code": account},
                "LineAmountTypes": "NoTax",
                "Status": "AUTHORISED",
                "CurrencyCode": document.currency,
                "LineItems": [_line(document, line) for line in lines],
            }
            for name, (type_, lines) in sides.items()
            if lines
        }


def _step(key: str, name: str, date: str, body: Mapping[str, object]) -> Step:
    reference = f"{key}-{name}"
    return Step(name, reference, _ENCODE({**body, "Date": date, "Reference": reference}))


def _line(document: Settlement, line: Posted) -> dict[str, object]:
    said = line.word.replace("-", " ").replace("_", " ").lower()
    return {
        "Description": f"{said[:1].upper()}{said[1:]} of payout {document.number}",
        "Quantity": 1,
        "UnitAmount": json_number(line.minor, document.currency),
        "AccountCode": line.account,
        "TaxType": "NONE",
    }


def _transfer(minor: int, account: str, bank: str, currency: str) -> dict[str, dict[str, object]]:
    """What goes to the bank, or comes from it where the provider takes more than it pays out."""
    if not minor:
        return {}
    from_, to = (account, bank) if minor > 0 else (bank, account)
    return {
        "transfer" if minor > 0 else "return": {
            "FromBankAccount": {"Code": from_},
            "ToBankAccount": {"Code": to},
            "Amount": json_number(abs(minor), currency),
        }
    }
