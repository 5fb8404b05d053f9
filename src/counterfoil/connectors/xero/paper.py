"""The field table of an invoice and of a credit note: what is sent, and what is seen of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from counterfoil.connectors.xero.profile import TITLE, Profile
from counterfoil.kit.api.compared import ByCode, Forms, Member, Shown, rows
from counterfoil.kit.api.lined import Columns, Lined
from counterfoil.kit.api.readback import text
from counterfoil.kit.api.row_answers import Kind
from counterfoil.mapping.bookkeeping import Head
from counterfoil.mapping.convert import same, searchable, trimmed
from counterfoil.mapping.field import Const, Each, Field
from counterfoil.mapping.unit_price import json_number

BETWEEN: Final = ","
"""Stands between numbers in a query, so no reference may contain it."""
_REFERENCE: Final = searchable(TITLE, BETWEEN)
_FOLLOWS: Final = {"AUTHORISED": ("PAID",), "DRAFT": ("SUBMITTED", "AUTHORISED", "PAID")}
"""What becomes of a document by itself, or by the people who approve it."""
_ROWS: Final = ByCode(
    "lines",
    "Description",
    (
        Shown("quantity", "pieces", "Quantity"),
        Shown("amount", "money", "LineAmount"),
        Shown("tax", "money", "TaxAmount"),
        Shown("account", "code", "AccountCode"),
        Shown("tax_type", "code", "TaxType"),
    ),
)


def paper(kind: Kind, type_: str, profile: Profile, *, due: bool = False) -> Lined[Head]:
    """Documents of one kind, which Xero calls `type_`. An invoice falls `due`; of a credit note is
    compared what is left to be paid out."""
    name, below = f"xero.{kind.collection}", _line(profile)
    head, lines = _shown(kind, profile, due=due), "LineItems"
    columns = Columns(head, _ROWS, lines, kind.id, kind.reference, "CurrencyCode")
    reckoned = [Field("total", "total_minor", same), Field("tax", "tax_minor", same)]
    forms = Forms[Head](
        name,
        [
            *_members(kind, type_, profile, due=due),
            Member("", Each(lines, "lines", rows(f"{name}.line", below))),
        ],
        columns.kinds,
        reckoned=[
            *reckoned,
            Const("status", profile.status),
            *([] if due else [Field("remaining", "open_minor", same)]),
        ],
        below=below,
    )
    return Lined(forms, columns, "Status", ("DELETED", "VOIDED"))


def day(value: object, currency: str = "") -> str:
    """The date of a document as Xero writes it, which is a midnight and no moment."""
    written = text(value)
    inside = written.removeprefix("/Date(").partition(")")[0].removesuffix("+0000")
    digits = inside.removeprefix("-")
    if not written.startswith("/Date(") or not (digits.isascii() and digits.isdecimal()):
        return written
    return datetime.fromtimestamp(int(inside) // 1000, UTC).date().isoformat()


def _amounts(inclusive: object, currency: str) -> str:
    return "Inclusive" if inclusive else "Exclusive"


def _shown(kind: Kind, profile: Profile, *, due: bool) -> list[Shown]:
    follows = _FOLLOWS[profile.status]

    def status(value: object, currency: str) -> str:
        word = text(value)
        return profile.status if word in follows else word

    return [
        Shown("reference", "code", kind.reference, text),
        Shown("type", "code", "Type"),
        Shown("number", "text", "Reference"),
        Shown("contact", "text", "Contact.Name"),
        Shown("date", "code", "Date", day),
        Shown("due", "code", "DueDate", day)
        if due
        else Shown("remaining", "money", "RemainingCredit"),
        Shown("currency", "code", "CurrencyCode"),
        Shown("line_amounts", "code", "LineAmountTypes"),
        Shown("status", "code", "Status", status),
        Shown("total", "money", "Total"),
        Shown("tax", "money", "TotalTax"),
    ]


def _members(kind: Kind, type_: str, profile: Profile, *, due: bool) -> list[Member[Head]]:
    return [
        Member("reference", Field(kind.reference, "key", _REFERENCE)),
        Member("type", Const("Type", type_)),
        Member("number", Field("Reference", "number", trimmed)),
        Member("contact", Const("Contact.Name", profile.contact)),
        Member("date", Field("Date", "date", same)),
        *([Member("due", Field("DueDate", "due", same))] if due else []),
        Member("currency", Field("CurrencyCode", "currency", same)),
        Member("line_amounts", Field("LineAmountTypes", "inclusive", _amounts)),
        Member("status", Const("Status", profile.status), reckoned=True),
    ]


def _line(profile: Profile) -> list[Member[Any]]:
    tax = Member[Any]("lines.tax", Field("TaxAmount", "tax_minor", json_number))
    return [
        Member("items", Field("Description", "description", same)),
        Member("lines.quantity", Field("Quantity", "quantity", same)),
        Member("lines.price", Field("UnitAmount", "price_minor", json_number)),
        Member("lines.amount", Field("LineAmount", "amount_minor", json_number)),
        Member("lines.account", Field("AccountCode", "account", same)),
        Member("lines.tax_type", Field("TaxType", "tax_type", same)),
        *([tax] if profile.tax_amounts == "shop" else []),
    ]
