"""The field table of an invoice and of a credit note: what is sent, and what is seen of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

import msgspec

from counterfoil.connectors.xero.answers import Kind
from counterfoil.connectors.xero.profile import TITLE, Profile
from counterfoil.connectors.xero.sales import Head
from counterfoil.kit.api.compared import ByCode, Forms, Member, Shown, rows
from counterfoil.kit.api.paging import Row
from counterfoil.kit.api.readback import fields, flat, text, unseen
from counterfoil.kit.connector import Intent, Seen
from counterfoil.kit.field import Kind as FieldKind
from counterfoil.kit.formats import strict_json
from counterfoil.mapping.convert import same, searchable, trimmed
from counterfoil.mapping.field import Const, Each, Field
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.unit_price import json_number

BETWEEN: Final = ","
"""Stands between numbers in a query, so no reference may contain it."""
_REFERENCE: Final = searchable(TITLE, BETWEEN)
_FOLLOWS: Final = {"AUTHORISED": ("PAID",), "DRAFT": ("SUBMITTED", "AUTHORISED", "PAID")}
"""What becomes of a document by itself, or by the people who approve it."""
_DEAD: Final = ("DELETED", "VOIDED")
_ENCODER: Final = msgspec.json.Encoder()
_LINES: Final = "LineItems"

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


class Paper:
    """Documents of one kind: `type` is Xero's word for it. An invoice falls `due`; of a credit note
    it is compared what is left to be paid out."""

    def __init__(self, kind: Kind, type_: str, profile: Profile, *, due: bool = False) -> None:
        self.kind = kind
        self._shown = _shown(kind, profile, due=due)
        self._readers = {field.column: field.reader for field in self._shown}
        self._kinds: Mapping[str, FieldKind] = {
            **{field.name: field.kind for field in self._shown if field.kind},
            **_ROWS.kinds,
            "items": "pieces",
        }
        below = _line(profile)
        self._forms = Forms[Head](
            f"xero.{kind.collection}",
            _members(kind, type_, profile, below, due=due),
            self._kinds,
            reckoned=[
                Field("total", "total_minor", same),
                Field("tax", "tax_minor", same),
                Const("status", profile.status),
                *([] if due else [Field("remaining", "open_minor", same)]),
            ],
            below=below,
        )

    def intent(self, head: Head, losses: Sequence[Loss]) -> Intent:
        """The write of one document (pure)."""
        form = self._forms.of(head)
        body = form.payload.run(head, head.currency)
        expected = form.expected(body, head, head.currency)
        payload = _ENCODER.encode(body)
        # A line is expected as it is read: from the bytes that leave.
        sent = strict_json.convert(strict_json.parse(payload), dict[str, Any])
        of_lines, count = _ROWS.seen(sent[_LINES], head.currency)
        return Intent(
            reference=head.key,
            payload=payload,
            expect=expected | of_lines | {"items": count},
            losses=tuple(losses),
            kinds=self._kinds,
            not_compared=form.not_compared,
        )

    def standing(
        self, documents: Sequence[Row], references: Sequence[str]
    ) -> Mapping[str, Sequence[Seen]]:
        """What stands under each reference: a dead one only where no other does."""
        by_reference: dict[str, list[Row]] = defaultdict(list)
        for document in documents:
            if (reference := text(document.get(self.kind.reference))) in references:
                by_reference[reference].append(document)
        return {
            reference: [self._seen(row) for row in _living(rows) or rows]
            for reference, rows in by_reference.items()
        }

    def _seen(self, document: Row) -> Seen:
        row, currency = {**document, **flat(document)}, text(document.get("CurrencyCode"))
        lines = cast("list[dict[str, Any]]", document.get(_LINES) or [])
        of_lines, count = _ROWS.seen(lines, currency)
        return Seen(
            identity=text(document.get(self.kind.id)),
            number=text(document.get(self.kind.reference)),
            fields=fields(row, self._readers, currency) | of_lines | {"items": count},
            unseen=frozenset({*unseen(row, self._readers), *_ROWS.unseen(lines)}),
        )


def day(value: object, currency: str = "") -> str:
    """The date of a document as Xero writes it, which is a midnight and no moment."""
    written = text(value)
    inside = written.removeprefix("/Date(").partition(")")[0].removesuffix("+0000")
    digits = inside.removeprefix("-")
    if not written.startswith("/Date(") or not (digits.isascii() and digits.isdecimal()):
        return written
    return datetime.fromtimestamp(int(inside) // 1000, UTC).date().isoformat()


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


def _members(
    kind: Kind, type_: str, profile: Profile, below: Sequence[Member[Any]], *, due: bool
) -> list[Member[Head]]:
    return [
        Member("reference", Field(kind.reference, "key", _REFERENCE)),
        Member("type", Const("Type", type_)),
        Member("number", Field("Reference", "number", trimmed)),
        Member("contact", Const("Contact.Name", profile.contact)),
        Member("date", Field("Date", "date", same)),
        *([Member("due", Field("DueDate", "due", same))] if due else []),
        Member("currency", Field("CurrencyCode", "currency", same)),
        Member("line_amounts", Field("LineAmountTypes", "line_amounts", same)),
        Member("status", Const("Status", profile.status), reckoned=True),
        Member("", Each(_LINES, "lines", rows(f"xero.{kind.collection}.line", below))),
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


def _living(documents: Sequence[Row]) -> list[Row]:
    return [document for document in documents if text(document.get("Status")) not in _DEAD]
