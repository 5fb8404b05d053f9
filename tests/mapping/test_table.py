"""A field table gives a value or says, by path, why it cannot; nothing else, on any input."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kit.formats.strict_json import DecimalText
from counterfoil.mapping import interpret
from counterfoil.mapping.convert import (
    Memos,
    country,
    currency_code,
    decimal,
    flag,
    identity,
    inlined,
    money,
    present,
    rate,
    same,
    when,
    whole,
)
from counterfoil.mapping.field import Computed, Const, Each, Field, Part, Sum, Table
from counterfoil.mapping.losses import Shallow
from counterfoil.mapping.mapper import Mapper
from counterfoil.model.line import Line
from counterfoil.values.errors import CounterfoilError, Hold, Misconfigured

LINE = Table(
    "line",
    [
        Field("key", "id", identity),
        Field("sku", "sku", default=""),
        Const("title", "a thing"),
        Field("quantity", "quantity", whole),
        Field("unit_minor", "price.amount", money),
        Sum("discount_minor", "discounts", "amount", default=0),
        Field("tax_rate", "tax.rate", rate, default=""),
    ],
    Line,
)
ORDER = Table(
    "order",
    [
        Field("key", "id", identity),
        Field("placed", "at", when),
        Field("currency", "currency", currency_code, default="GBP"),
        Field("cancelled", "cancelled_at", present, default=False),
        Field("gift", "gift", flag, default=False),
        Part("to", "address", Table("to", [Field("land", "code", country)]), default=None),
        Each("lines", "lines.nodes", LINE),
        Computed("words", lambda source, _: source["note"].split(), "words", reads=("note",)),
    ],
    ignores={"cursor": "belongs to the listing"},
)
ORDERS: Mapper[dict[str, Any]] = Mapper(ORDER)


def order(**changes: Any) -> dict[str, Any]:
    line = {
        "id": 9001,
        "sku": "TEE",
        "quantity": 2,
        "price": {"amount": "24.0"},
        "discounts": [{"amount": "4.8"}, {"amount": "0.20"}],
        "tax": {"rate": DecimalText("0.20")},
    }
    return {
        "id": "6001",
        "at": "2026-11-02T10:14:06+01:00",
        "currency": "GBP",
        "cancelled_at": None,
        "gift": True,
        "address": {"code": "GB"},
        "lines": {"nodes": [line]},
        "note": "leave outside",
        **changes,
    }


def test_every_entry_leaves_its_value() -> None:
    made: Any = ORDERS.run(order(), "GBP")
    assert made == {
        "key": "6001",
        "placed": "2026-11-02T09:14:06Z",
        "currency": "GBP",
        "cancelled": False,
        "gift": True,
        "to": {"land": "GB"},
        "lines": (Line("9001", "TEE", "a thing", 2, 2400, 500, 0, "0.2"),),
        "words": ["leave", "outside"],
    }


def test_what_is_absent_or_null_takes_the_default() -> None:
    made: Any = ORDERS.run(order(address=None, currency=None, gift=None), "GBP")
    assert (made["to"], made["currency"], made["gift"]) == (None, "GBP", False)


def broken(**changes: Any) -> Hold:
    with pytest.raises(Hold) as caught:
        ORDERS.run(order(**changes), "GBP")
    return caught.value


def lines(*more: dict[str, Any]) -> dict[str, Any]:
    good = order()["lines"]["nodes"][0]
    return {"nodes": [good, *({**good, **changes} for changes in more)]}


TINY = {"amount": "1.001"}


@pytest.mark.parametrize(
    ("changes", "where", "code"),
    [
        ({"id": None}, "id", "missing-field"),
        ({"id": ""}, "id", "bad-field"),
        ({"at": "yesterday"}, "at", "bad-time"),
        ({"lines": None}, "lines.nodes", "missing-field"),
        ({"lines": {"nodes": {}}}, "lines.nodes", "bad-field"),
        ({"lines": {"nodes": "text"}}, "lines.nodes", "bad-field"),
        ({"lines": {"nodes": ["text"]}}, "lines.nodes[0]", "bad-field"),
        ({"lines": lines({"quantity": "1.5"})}, "lines.nodes[1].quantity", "bad-quantity"),
        ({"lines": lines({"price": {}})}, "lines.nodes[1].price.amount", "missing-field"),
        ({"lines": lines({"price": "2"})}, "lines.nodes[1].price", "bad-field"),
        ({"lines": lines({"price": TINY})}, "lines.nodes[1].price.amount", "bad-amount"),
        (
            {"lines": lines({"discounts": [{}]})},
            "lines.nodes[1].discounts[0].amount",
            "missing-field",
        ),
        ({"address": {"code": "England"}}, "address.code", "bad-field"),
        ({"gift": 1}, "gift", "bad-field"),
        ({"note": 7}, "the document", "bad-field"),
    ],
)
def test_a_hold_names_the_path(changes: dict[str, Any], where: str, code: str) -> None:
    hold = broken(**changes)
    assert (hold.where, hold.code) == (where, code)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(DecimalText("1e99")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
PATHS = st.sampled_from(
    ["id", "at", "currency", "cancelled_at", "gift", "address", "lines", "note"]
)
INNER = st.sampled_from(["id", "sku", "quantity", "price", "discounts", "tax"])


@st.composite
def mangled(draw: st.DrawFn) -> Any:
    """An order with some of its parts replaced by any JSON, or any JSON in its place."""
    document = order(**draw(st.dictionaries(PATHS, JSON, max_size=2)))
    if draw(st.booleans()):
        document["lines"] = lines(draw(st.dictionaries(INNER, JSON, max_size=2)))
    return draw(st.just(document) | JSON)


def outcome(read: Any) -> tuple[str, Any]:
    try:
        return "made", read()
    except CounterfoilError as error:
        return error.code, str(error)


@given(mangled())
def test_any_input_gives_a_value_or_a_named_hold_and_both_readers_agree(document: Any) -> None:
    fast = outcome(lambda: ORDERS.run(document, "GBP"))
    assert fast == outcome(lambda: interpret.read(ORDER, document, "GBP"))


@given(mangled())
def test_the_losses_of_any_input_can_be_told(document: Any) -> None:
    assert isinstance(ORDERS.losses(document), tuple)


def test_what_no_entry_reads_is_a_loss_unless_it_is_ignored_or_says_nothing() -> None:
    document = order(cursor="abc", tags=["vip"], closed=None, empty=[])
    document["lines"]["nodes"][0]["vendor"] = "Acme"
    assert [loss.field for loss in ORDERS.losses(document)] == ["lines.nodes[].vendor", "tags"]


class Purse(msgspec.Struct, frozen=True):
    owner: str
    held_minor: int
    coins: tuple[Purse, ...] = ()


def test_our_own_structs_are_read_by_attribute_and_dotted_targets_nest() -> None:
    coin = Table("coin", [Field("worth", "held_minor", same)], reads="attributes")
    table = Table(
        "purse",
        [
            Field("by.name", "owner"),
            Field("by.sum", "held_minor", decimal),
            Each("coins", "coins", coin),
        ],
        reads="attributes",
    )
    mapper: Mapper[Any] = Mapper(table)
    made: Any = mapper.run(Purse("Jo", 1250, (Purse("", 5),)), "GBP")
    assert made == {"by": {"name": "Jo", "sum": "12.50"}, "coins": ({"worth": 5},)}
    assert mapper.run(Purse("Jo", 1250), "JPY")["by"]["sum"] == "1250"
    assert [loss.field for loss in mapper.losses(Purse("Jo", 1, (Purse("x", 1),)))] == [
        "coins[].owner"
    ]


def test_rows_within_rows_are_read_where_they_stand() -> None:
    coin = Table("coin", [Field("face", "face", money), Field("old", "old", same, default=None)])
    purse = Table("purse", [Field("whose", "whose"), Each("coins", "coins", coin, default=None)])
    entries = [Each("purses", "purses", purse), Field("sum", "sum", money)]
    reads = Mapper(Table[dict[str, Any]]("all", entries))
    source = {
        "sum": "3.00",
        "purses": [
            {"whose": "Ada", "coins": [{"face": "1.00"}, {"face": "0.50", "old": True}]},
            {"whose": "Bob", "coins": []},
            {"whose": "Cy", "coins": None},
            {"whose": "Di"},
        ],
    }
    ada = ({"face": 100, "old": None}, {"face": 50, "old": True})
    assert reads.fast(source, "GBP") == {
        "purses": (
            {"whose": "Ada", "coins": ada}, {"whose": "Bob", "coins": ()},
            {"whose": "Cy", "coins": None}, {"whose": "Di", "coins": None},
        ),
        "sum": 300,
    }  # fmt: skip
    assert reads.fast(source, "GBP") == interpret.read(reads.table, source, "GBP")
    with pytest.raises(Hold) as held:
        reads.run({**source, "purses": [{"whose": "Ada", "coins": [{"face": "x"}]}]}, "GBP")
    assert held.value.where == "purses[0].coins[0].face"


def test_two_converters_of_one_name_have_each_its_own_memo() -> None:
    def converter(factor: int) -> Any:
        memos = Memos[int, int](lambda value, currency: value * factor)

        @inlined("{m}[{v}] if type({v}) is int else {c}({v}, currency)", memos)
        def times(value: object, currency: str) -> int:
            raise AssertionError(value)

        return times

    twice, thrice = converter(2), converter(3)
    row = Table("row", [Field("c", "n", thrice), Field("d", "n", twice)])
    entries = [Field("a", "n", twice), Field("b", "n", thrice), Each("rows", "rows", row)]
    fast = Mapper(Table[dict[str, Any]]("both", entries)).fast
    document = {"n": 7, "rows": [{"n": 1}]}
    assert fast(document, "GBP") == {"a": 14, "b": 21, "rows": ({"c": 3, "d": 2},)}


@pytest.mark.parametrize("path", ["a b", "a[0]", "__import__('os')", "", "a..b", "a\nb"])
def test_a_path_is_plain_names_and_never_becomes_code(path: str) -> None:
    with pytest.raises(Misconfigured):
        Table("t", [Field("x", path)])


def test_a_keyword_cannot_be_an_attribute() -> None:
    with pytest.raises(Misconfigured):
        Table("t", [Field("x", "a.class")], reads="attributes")


def test_members_are_looked_at_as_far_down_as_the_rows_of_one_list() -> None:
    row = Table("row", [Field("sku", "sku")])
    entries = [Field("number", "number"), Each("lines", "items", row), Field("town", "to.town")]
    table = Table("shallow", entries, ignores={"items[].weight": "for the carrier"})
    document = {
        "number": "1",
        "colour": "red",
        "empty": [],
        "flag": False,
        "to": {"street": "is not looked at"},
        "items": [{"sku": "A", "weight": 3}, {"sku": "B", "monogram": "JM", "size": None}],
    }
    losses = Shallow(table, "lines").of(document)
    assert [loss.field for loss in losses] == ["colour", "lines.monogram"]
    assert Shallow(table, "lines").of({"number": "1", "items": [{"sku": "A"}]}) == ()
    assert Shallow(table, "lines").of({"number": "1", "items": "none"}) == ()
    assert Shallow(table, "lines").of(["no document"]) == ()


def test_what_a_document_makes_python_raise_is_a_hold_at_its_place() -> None:
    with pytest.raises(Hold, match="TypeError") as error:
        interpret.guarded(lambda: sum(["no number"]), "lines[0]")  # type: ignore[list-item]
    assert (error.value.where, error.value.code) == ("lines[0]", "bad-field")
