"""Bank transactions and transfers: what moves bank accounts, made as often as it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from counterfoil.twins.kit.posted import Refusal
from counterfoil.twins.xero.books import DEAD, Books, Kind
from counterfoil.twins.xero.site import BANK

Row = Mapping[str, Any]
_TYPES: Final = {"SPEND": -1, "RECEIVE": 1}


def _never(posted: Row) -> bool:
    """No reference is of one document only."""
    return False


def _account(books: Books, posted: Row, member: str) -> dict[str, Any]:
    code = str(posted.get(member, {}).get("Code", ""))
    if books.site.accounts.get(code) != BANK:
        raise Refusal(f"{member} code {code or 'is missing and'} is not a valid bank account")
    return {"Code": code, "Name": f"Bank {code}"}


def _transaction(books: Books, posted: Row, before: Row | None, places: int) -> dict[str, Any]:
    if posted.get("Type") not in _TYPES:
        raise Refusal("Type must be SPEND or RECEIVE")
    shown = books.head({"Status": "AUTHORISED", **posted}, before, places)
    if shown["Total"] <= 0:
        raise Refusal("The bank transaction total must be greater than zero")
    return {**shown, "BankAccount": _account(books, posted, "BankAccount"), "IsReconciled": False}


def _transfer(books: Books, posted: Row, before: Row | None, places: int) -> dict[str, Any]:
    source, target = (
        _account(books, posted, name) for name in ("FromBankAccount", "ToBankAccount")
    )
    amount = Decimal(posted.get("Amount", 0))
    if amount <= 0 or source == target:
        raise Refusal("A transfer is of an amount above zero, between two accounts")
    return {
        # Published: by id and name, without the code that was sent.
        "FromBankAccount": {"Name": source["Name"]},
        "ToBankAccount": {"Name": target["Name"]},
        "Amount": amount,
        "Reference": posted.get("Reference", ""),
        "HasAttachments": False,
        "Status": "AUTHORISED",
        **books.dated("Date", posted),
    }


BANK_TRANSACTIONS: Final = Kind(
    "BankTransactions", "BankTransactionID", "Reference", _never, _transaction
)
BANK_TRANSFERS: Final = Kind("BankTransfers", "BankTransferID", "Reference", _never, _transfer)


def moved(books: Books, code: str) -> Decimal:
    """What has come to a bank account by these, less what has gone."""
    total = Decimal(0)
    for row in books.all(BANK_TRANSACTIONS):
        if row["BankAccount"]["Code"] == code and row["Status"] not in DEAD:
            total += _TYPES[row["Type"]] * Decimal(row["Total"])
    for row in books.all(BANK_TRANSFERS):
        amount = Decimal(row["Amount"])
        total += amount * (row["ToBankAccount"]["Name"] == f"Bank {code}")
        total -= amount * (row["FromBankAccount"]["Name"] == f"Bank {code}")
    return total
