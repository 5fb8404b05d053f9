"""A customer changes a table with four verbs, and is told at once what cannot be."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from counterfoil.mapping import overlay
from counterfoil.mapping.convert import identity, money, whole
from counterfoil.mapping.field import Computed, Each, Field, Table
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.line import Line
from counterfoil.values.errors import Hold, Misconfigured

LINE = Table(
    "line",
    [
        Field("key", "id", identity),
        Field("sku", "sku"),
        Field("title", "name"),
        Field("quantity", "quantity", whole),
        Field("unit_minor", "price", money),
        Field("kind", "kind", default="product"),
    ],
    Line,
)
TABLE = Table(
    "order",
    [
        Field("note", "note", default=""),
        Each("lines", "lines", LINE),
        Computed("size", lambda source, _: len(source["lines"]), "how many lines"),
    ],
)
MAPS = {"colours": ValueMap("colours", {"rot": "red"})}
SOURCE = {
    "note": "rot",
    "inner": {"memo": "from elsewhere"},
    "lines": [{"id": 1, "sku": "A", "name": "Thing", "quantity": 1, "price": "2.00"}],
}


def laid(text: str) -> Mapper[Any]:
    changes = overlay.parse(tomllib.loads(text), where="mapping.toml")
    return Mapper(overlay.apply_overlay(TABLE, changes, MAPS, where="mapping.toml"))


def test_the_four_verbs() -> None:
    mapper = laid("""
        [rename]
        "lines.title" = "sku"
        [constant]
        "lines.kind" = "custom"
        [look-up]
        note = "colours"
        [drop]
        size = "nobody asks"
    """)
    made = mapper.run(SOURCE, "GBP")
    assert made == {"note": "red", "lines": (Line("1", "A", "A", 1, 200, kind="custom"),)}
    assert Loss("size", "dropped", "nobody asks") in mapper.losses(SOURCE)
    assert Mapper(TABLE).run(SOURCE, "GBP")["size"] == 1


def test_a_rename_reads_another_path_and_may_be_looked_up() -> None:
    assert laid('[rename]\nnote = "inner.memo"').run(SOURCE, "GBP")["note"] == "from elsewhere"
    with pytest.raises(Hold) as caught:
        laid('[rename]\nnote = "inner.memo"\n[look-up]\nnote = "colours"').run(SOURCE, "GBP")
    assert caught.value.code == "unmapped-value"
    assert caught.value.where == "inner.memo"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[rename]\nnoet = "x"', "Did you mean 'note'?"),
        ('[drop]\n"lines.skuu" = "x"', "Did you mean 'lines.sku'?"),
        ('[drop]\n"lines.sku" = "x"', "no document is whole without it"),
        ('[constant]\n"lines.quantity" = "three"', "cannot be 'three'"),
        ('[look-up]\nnote = "colors"', "Did you mean 'colours'?"),
        ('[look-up]\nlines = "colours"', "not a single field"),
        ('[rename]\nsize = "x"', "cannot be renamed"),
        ('[rename]\nnote = "x; import os"', "is not a path"),
        ('[rename]\nnote = "x"\n[drop]\nnote = "y"', "under two verbs"),
        ('[script]\nnote = "x"', "Its verbs are"),
        ("[constant]\nnote = 1.5", "not in order"),
    ],
)
def test_what_cannot_be_is_said_before_anything_moves(text: str, said: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        laid(text)
    assert said in str(caught.value)
