"""The twin's bodies against recorded ones: it invents no member, and spells each as they do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from shopify_calls import RICH, World

from counterfoil.twins.kit.sale import life
from counterfoil.twins.shopify import rest

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases" / "shopify"
# No hook was recorded of an order with duties; their shape is the vendor's sample's.
UNSEEN = {"line_items.duties"}
PARTS = ("line_items", "shipping_lines", "customer", "shipping_address", "discount_applications")


@pytest.fixture(scope="module")
def recorded() -> list[Any]:
    folder = CASES / "orders_recorded"
    if not folder.exists():
        pytest.skip("the recordings are not beside this checkout")
    files = sorted(folder.glob("hook-*.json"))
    return [msgspec.json.decode(file.read_bytes()) for file in files]


def bodies() -> list[Any]:
    """Orders with everything, as they were and after what can befall them."""
    world = World()
    (number,) = world.place(msgspec.structs.replace(RICH, tenders=()))
    changes = (
        life.units_removed(0, 1),
        life.refunded({1: 1}, shipping_minor=100),
        life.refunded(amount_minor=100, pending=True),
        life.sent("printful"),
        life.cancelled(),
    )
    found: list[Any] = []
    for change in changes:
        kept = world.twin.shop.order(number)
        assert kept is not None
        found.append(msgspec.json.decode(rest.body(kept, 60)))
        world.twin.trade.change(number, change)
    return found


def members(order: Any) -> Iterator[tuple[str, Any]]:
    """Each member by its path, with its value."""
    for name, value in order.items():
        yield name, value
        rows = value if isinstance(value, list) else [value]
        for row in rows if name in (*PARTS, "refunds") else ():
            for below, inside in (row or {}).items():
                yield f"{name}.{below}", inside
                if name == "refunds" and isinstance(inside, list):
                    yield from (
                        (f"{name}.{below}.{last}", deep)
                        for one in inside
                        for last, deep in one.items()
                    )


def kind(value: Any) -> str:
    """What sort of JSON a value is; a number with a fraction or without is one sort."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return "number" if number else type(value).__name__


def test_no_member_is_invented(recorded: list[Any]) -> None:
    known = {name for order in recorded for name, _ in members(order)}
    ours = {name for order in bodies() for name, _ in members(order)}
    # Terms, a company and a till were recorded as null or a number, and are known by name.
    assert ours - known - UNSEEN == set()


def test_every_member_is_of_a_sort_that_was_recorded(recorded: list[Any]) -> None:
    sorts: dict[str, set[str]] = {}
    for order in recorded:
        for name, value in members(order):
            sorts.setdefault(name, {"NoneType"}).add(kind(value))
    # Only ever recorded as null, so any sort is news: what the vendor's samples say is taken.
    news = {"company", "payment_terms", "po_number", "original_total_duties_set"}
    odd = {
        (name, kind(value))
        for order in bodies()
        for name, value in members(order)
        if name in sorts and len(sorts[name]) > 1 and kind(value) not in sorts[name]
    }
    assert {(name, sort) for name, sort in odd if name not in news} == set()
