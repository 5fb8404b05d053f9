"""Payments of invoices and of credit notes: money that comes in, and that goes back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from counterfoil.twins.kit.filing import Row
from counterfoil.twins.kit.posted import Refusal
from counterfoil.twins.xero.books import Books, Kind
from counterfoil.twins.xero.order import INVOICES, owed
from counterfoil.twins.xero.refund import NOTES
from counterfoil.twins.xero.site import PAYABLE


def _paid(books: Books, posted: Row, before: Row | None, places: int) -> dict[str, Any]:
    if before is not None:
        if posted.get("Status") != "DELETED" or before["Status"] == "DELETED":
            raise Refusal("Payments cannot be changed, only deleted")
        _moved(books, *_target(books, before), -before["Amount"])
        return {**before, "Status": "DELETED"}
    kind, document = _target(books, posted)
    code = posted.get("Account", {}).get("Code")
    if books.site.accounts.get(code) not in PAYABLE:
        raise Refusal("The Account could not be found, or does not take payments")
    amount = Decimal(posted.get("Amount", 0))
    moved = _moved(books, kind, document, amount)
    dated = books.dated("Date", posted)
    name = kind.collection[:-1]
    return {
        "Date": dated["Date"],  # recorded: in one shape only
        "BankAmount": amount,
        "Amount": amount,
        "Reference": posted.get("Reference", ""),
        "CurrencyRate": 1,
        "PaymentType": "ACCRECPAYMENT" if kind is INVOICES else "ARCREDITPAYMENT",
        "Status": "AUTHORISED",
        "HasAccount": True,
        "IsReconciled": False,
        "Account": {"Code": code},
        name: moved,
        "HasValidationErrors": False,
    }


def _target(books: Books, posted: Row) -> tuple[Kind, dict[str, Any]]:
    """What is paid. Raises `Refusal` where there is no such thing."""
    for kind in (INVOICES, NOTES):
        meant = posted.get(kind.collection[:-1])
        if meant:
            document = books.get(kind, str(meant.get(kind.id) or meant.get(kind.reference)))
            if document is not None:
                return kind, document
    raise Refusal("The payment names no invoice or credit note that is there")


def _moved(books: Books, kind: Kind, document: dict[str, Any], amount: Decimal) -> dict[str, Any]:
    """The document with so much more paid. Raises `Refusal` where it takes no such payment."""
    if document["Status"] not in ("AUTHORISED", "PAID"):
        raise Refusal(f"{kind.collection[:-1]} not of valid status for payment")
    due = document["AmountDue"] if kind is INVOICES else document["RemainingCredit"]
    if amount > due:
        raise Refusal("Payment amount exceeds the amount outstanding on this document")
    if kind is INVOICES:
        paid = document["AmountPaid"] + amount
        return books.keep(kind, owed(document, paid, document["AmountCredited"]))
    status = "AUTHORISED" if due - amount else "PAID"
    return books.keep(kind, {**document, "RemainingCredit": due - amount, "Status": status})


def _never(posted: Row) -> bool:
    """Recorded: a payment has no number of its own, so one that is posted twice is two."""
    return False


PAYMENTS: Final = Kind("Payments", "PaymentID", "Reference", _never, _paid)
