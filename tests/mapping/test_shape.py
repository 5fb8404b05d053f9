"""A struct that says where its fields are read is a table like any other."""

from __future__ import annotations

from typing import Annotated

import msgspec
import pytest

from counterfoil.mapping.convert import money
from counterfoil.mapping.field import Sum
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.shape import at, table
from counterfoil.values.errors import Hold


class Row(msgspec.Struct, frozen=True, kw_only=True):
    sku: Annotated[str, at("code.text")] = ""
    amount: Annotated[int, at("price", money)]


class Basket(msgspec.Struct, frozen=True, kw_only=True):
    rows: Annotated[tuple[Row, ...], "lines"] = ()
    off: Annotated[int, Sum("", "discounts", "amount")] = 0


READER = Mapper(table("basket", Basket, {"id": "a number"}))


def test_each_field_is_read_where_it_says() -> None:
    source = {"lines": [{"code": {"text": "A"}, "price": "1.50"}], "discounts": [{"amount": "2"}]}
    assert READER.run(source, "GBP") == Basket(rows=(Row(sku="A", amount=150),), off=200)
    assert READER.run({"lines": [{"price": "1"}]}, "GBP").rows[0].sku == ""
    assert READER.run({}, "GBP") == Basket()


def test_the_fast_reader_makes_a_struct_that_takes_its_fields_by_name_only() -> None:
    assert READER.fast({"discounts": [{"amount": "2"}]}, "GBP") == Basket(off=200)


class Place(msgspec.Struct, frozen=True):
    town: Annotated[str, (at("town"), at("Town"))] = ""


class Told(msgspec.Struct, frozen=True):
    number: Annotated[str, (at("order_number"), at("orderNumber"))]
    rows: Annotated[tuple[Place, ...], ("rows", "Rows")] = ()
    place: Annotated[Place, ("place", "Place")] = Place()
    seen: Annotated[str, (None, at("seen"))] = "nobody says"


def test_one_struct_is_what_several_spellings_come_to() -> None:
    message = {"order_number": "1", "rows": [{"town": "Leeds"}], "place": {"town": "York"}}
    listed = {"orderNumber": "1", "Rows": [{"Town": "Leeds"}], "Place": {"Town": "York"}}
    first, second = (Mapper(table("told", Told, spelling=at)) for at in (0, 1))
    assert first.run(message, "GBP") == second.run(listed, "GBP")
    assert first.run(message, "GBP") == Told("1", (Place("Leeds"),), Place("York"))


def test_a_spelling_may_have_no_place_for_a_field() -> None:
    reader = Mapper(table("told", Told))
    assert reader.run({"order_number": "1", "seen": "x"}, "GBP").seen == "nobody says"
    assert [loss.field for loss in reader.losses({"order_number": "1", "seen": "x"})] == ["seen"]


def test_what_is_missing_is_named_by_its_place() -> None:
    with pytest.raises(Hold) as error:
        READER.run({"lines": [{}]}, "GBP")
    assert error.value.where == "lines[0].price"


def test_what_no_field_reads_is_a_loss() -> None:
    losses = READER.losses({"id": 1, "lines": [{"price": "1", "colour": "red"}]})
    assert [loss.field for loss in losses] == ["lines[].colour"]
