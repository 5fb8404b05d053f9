"""What of a document tells of a person: each text of each shape is judged; none is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import msgspec
import pytest

from counterfoil.model import personal
from counterfoil.model.address import Address
from counterfoil.model.line import Line
from counterfoil.model.order import Order
from counterfoil.model.shapes import SHAPES

HOME = Address("Jane Brown", "Brown Ltd", "1 High St", "Flat 2", "Leeds", "Yorks", "LS1 1AA", "GB",
               "0113 496 0000", "YKS")  # fmt: skip
ORDER = Order(
    key="1", number="#1", placed="2026-11-02T09:00:00Z", created="2026-11-02T09:00:00Z",
    updated="2026-11-02T09:00:00Z", currency="GBP", tax_included=True, total_minor=1250,
    tax_minor=208, lines=(Line("1", "TEE", "Tee", 1, 1250, properties=(("Engraving", "For Jo"),)),),
    email="jane@example.org", phone="07700 900123", customer="9", deliver_to=HOME,
    note="Ring twice", attributes=(("Gift", "from Jim"),), tags=("vip",), po_number="PO 7",
    paid="paid",
)  # fmt: skip

NOBODYS = {
    "Order": {"key", "number", "placed", "created", "updated", "currency", "paid", "channel",
              "location", "locale", "discount_codes", "release"},
    "Company": {"key", "location"}, "Terms": {"name", "kind"}, "Presentment": {"currency"},
    "Address": {"country"},
    "Line": {"key", "sku", "title", "tax_rate", "kind", "variant", "service"},
    "Tax": {"title", "rate", "collected_by"}, "Charge": {"title", "tax_rate", "code"},
    "Payment": {"gateway", "kind", "state", "reference"},
    "Fulfilment": {"key", "number", "order", "order_number", "status", "created", "updated",
                   "direction", "moved", "place"},
    "Sent": {"sku", "line"}, "Parcel": {"carrier", "service"},
    "Short": {"sku", "reason", "what_next"},
    "Refund": {"key", "number", "order", "order_number", "created", "updated", "currency", "kind"},
    "Credit": {"line", "sku", "title", "tax_rate", "kind", "variant"},
    "Adjustment": {"kind", "title"}, "Back": {"line", "sku", "restock", "place"},
    "Customer": {"key", "created", "updated", "status", "merged_into", "tax_exemptions", "currency",
                 "locale"},
    "Consent": {"channel", "state", "at", "level", "source"},
    "Loyalty": {"programme", "tier"},
    "Repayment": {"key", "gateway", "state", "kind", "reference", "parent", "at", "failure"},
}  # fmt: skip
"""The texts that tell of no person, shape by shape. Whoever adds a text says which it is."""
NOBODY = {"Product", "Stock", "Settlement"}
"""Shapes of which no part tells of a person."""


def parts(shape: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    yield shape
    for field in msgspec.structs.fields(shape):
        for kind in (field.type, *get_args(field.type)):
            if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
                yield from parts(kind)


@pytest.mark.parametrize("word", [word for word in SHAPES if SHAPES[word].__name__ not in NOBODY])
def test_each_text_of_each_part_is_judged(word: str) -> None:
    for part in parts(next(shape for name, shape in SHAPES.items() if name == word)):
        texts = {
            field.name
            for field in msgspec.structs.fields(part)
            if "str" in str(field.type)
            or "Literal" in str(field.type)
            or "Pairs" in str(field.type)
        }
        told = {*getattr(part, "PERSONAL", ())}
        assert texts <= told | NOBODYS[part.__name__], part.__name__
        assert not told & NOBODYS[part.__name__]


def test_a_document_without_its_person_has_its_money_its_goods_and_its_country() -> None:
    bare = personal.blank(ORDER)
    assert list(personal.texts(bare)) == []
    assert bare.deliver_to == Address(country="GB")
    assert (bare.total, bare.measure, bare.version) == (ORDER.total, ORDER.measure, ORDER.version)
    assert [(line.sku, line.quantity, line.unit_minor) for line in bare.lines] == [("TEE", 1, 1250)]
    assert personal.blank(bare) == bare
    said = {*personal.texts(ORDER)}
    assert {"Jane Brown", "jane@example.org", "For Jo", "Ring twice", "from Jim", "PO 7"} <= said
    assert "GB" not in said


def test_a_person_is_known_by_what_is_theirs_alone() -> None:
    assert {*personal.identities(ORDER)} == {
        ("mail", "jane@example.org"), ("phone", "07700 900123"), ("account", "9"),
        ("phone", "0113 496 0000"),
    }  # fmt: skip
    assert personal.country(ORDER) == "GB"
