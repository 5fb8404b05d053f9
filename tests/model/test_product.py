"""A product names what must be there before it, and contradicts itself nowhere."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from counterfoil.model.document import Measure, Ref
from counterfoil.model.product import Component, Product, Unit, check
from counterfoil.values.errors import Hold

TEE = Product(
    key="44012", sku="TEE-BLK-M", title="Tee, black, M", created="2026-01-05T08:00:00Z",
    updated="2026-02-01T10:00:00Z", group="TEE", options=(("Colour", "black"), ("Size", "M")),
)  # fmt: skip


def test_its_parent_and_what_it_is_made_of_come_before_it() -> None:
    kit = replace(TEE, kit="kit", components=(Component("CAP", 1), Component("MUG", 2)))
    assert kit.refs == (Ref("product", "TEE"), Ref("product", "CAP"), Ref("product", "MUG"))
    assert kit.turn == Ref("product", "TEE")
    assert replace(TEE, group="").turn is None
    assert TEE.measure == Measure()


@pytest.mark.parametrize("status", ["archived", "merged"])
def test_what_is_sold_no_more_is_gone(status: str) -> None:
    assert msgspec.convert({**msgspec.to_builtins(TEE), "status": status}, Product).gone
    assert not TEE.gone


@pytest.mark.parametrize(
    ("product", "code"),
    [
        (replace(TEE, sku=" "), "no-sku"),
        (replace(TEE, components=(Component("TEE-BLK-M", 1),)), "bad-component"),
        (replace(TEE, components=(Component("CAP", 0),)), "bad-component"),
        (replace(TEE, units=(Unit("case", 0),)), "bad-unit"),
        (replace(TEE, units=(Unit("case", 12, 0),)), "bad-unit"),
        (replace(TEE, status="merged"), "merged-nowhere"),
        (replace(TEE, status="merged", merged_into="TEE-BLK-M"), "merged-nowhere"),
        (replace(TEE, merged_into="TEE-2"), "merged-nowhere"),
    ],
)
def test_a_product_that_contradicts_itself_is_held(product: Product, code: str) -> None:
    with pytest.raises(Hold) as held:
        check(product)
    assert held.value.code == code


def test_a_product_that_lives_on_under_another_sku_is_right() -> None:
    check(replace(TEE, status="merged", merged_into="TEE-2"))
    check(replace(TEE, units=(Unit("case", 12),), components=(Component("CAP", 1),)))
