"""What is made while something is opened is known, and each row has an id that stays."""

from __future__ import annotations

from counterfoil.mapping.field import Const, Each, Field, Part, Table
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.recorder import recorded, rules

LINE = Table("line", [Field("sku", "sku"), Field("name", "title")])
ADDRESS = Table("address", [Field("town", "city")])
ORDER = Table(
    "acme.order",
    [
        Field("key", "id"),
        Each("lines", "items", LINE),
        Part("deliver_to", "shipping", ADDRESS),
        Const("currency", "GBP"),
    ],
)
IDS = [
    "acme.order:key",
    "acme.order:lines",
    "acme.order:lines.sku",
    "acme.order:lines.name",
    "acme.order:deliver_to",
    "acme.order:deliver_to.town",
    "acme.order:currency",
]


def test_each_row_is_called_by_its_table_and_what_it_fills() -> None:
    assert [name for name, _ in rules(ORDER)] == IDS
    assert dict(rules(ORDER))["acme.order:lines.name"] == Field("name", "title")


def test_a_row_that_moves_or_is_read_from_elsewhere_keeps_its_id() -> None:
    moved = Table("acme.order", [*reversed(ORDER.entries)])
    assert sorted(name for name, _ in rules(moved)) == sorted(IDS)
    other = Table("acme.order", [Field("key", "number")])
    assert [name for name, _ in rules(other)] == ["acme.order:key"]


def test_the_tables_of_what_is_made_are_recorded_until_it_ends() -> None:
    with recorded() as tables:
        Mapper(ORDER)
        with recorded() as inner:
            Mapper(LINE)
    Mapper(ADDRESS)
    assert tables == [ORDER]
    assert inner == [LINE]
