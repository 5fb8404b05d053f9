"""A table says where each member of a shape comes from, and nothing else decides it."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import pytest

from counterfoil.twins.kit.shapes import PLAIN, Shapes


class Leaf(NamedTuple):
    """Something inside."""

    name: str
    size: int = 0


class Tree(NamedTuple):
    """A source with everything."""

    id: int = 7
    leaves: tuple[Leaf, ...] = (Leaf("a", 1), Leaf("b"))
    crown: Leaf | None = None
    words: tuple[tuple[str, str], ...] = (("Gift", "yes"),)
    text: str = ""


def shown(entry: object, source: Tree | None = None) -> Any:
    shapes = Shapes(
        {
            "tree": {"member": entry},
            "leaf": {"name": "name", "size?": "size some"},
            "sized": {"id": "id", "top": "crown.name"},
        },
        {"biggest": lambda tree: max(tree.leaves, key=lambda leaf: leaf.size)},
        {**PLAIN, "some": lambda size, source, words: size or None},
    )
    return shapes.record("tree")(source or Tree())["member"]


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("id", 7),
        (".", Tree()),
        ("biggest.name", "a"),
        ("crown.name", None),
        ("crown.name upper", None),
        ("id digits", "7"),
        ("id positive", True),
        ("text text", None),
        ("text or Two words", "Two words"),
        ("words pairs key value", [{"key": "Gift", "value": "yes"}]),
        ("id where crown", None),
        ("id where id", 7),
        ("", None),
        ("= success", "success"),
        (True, True),
        ([], []),
        ("biggest as leaf", {"name": "a", "size": 1}),
        ("leaves each leaf", [{"name": "a", "size": 1}, {"name": "b"}]),
        ("crown with sized", None),
    ],
)
def test_a_member_is_what_its_table_says(entry: object, value: object) -> None:
    assert shown(entry) == value


def test_a_shape_goes_on_with_its_source_where_a_part_is_there() -> None:
    tree = Tree(crown=Leaf("top"))
    assert shown("crown with sized", tree) == {"id": 7, "top": "top"}


def test_what_is_ready_is_json_already() -> None:
    assert (
        msgspec.json.encode(shown("leaves ready leaf")) == b'[{"name":"a","size":1},{"name":"b"}]'
    )


@pytest.mark.parametrize("entry", ["id nothing_of_this_name", "leaves each"])
def test_a_word_that_nobody_knows_is_found_out(entry: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        shown(entry)
