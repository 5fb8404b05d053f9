"""What is written into a project folder is read again as it was given."""

from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as some

from counterfoil.rehearse.cast.toml import table

TEXTS = some.text(some.characters(exclude_categories=("Cs", "Cc")), max_size=12)
VALUES = some.recursive(
    some.booleans() | some.integers(-(2**62), 2**62) | TEXTS,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(some.dictionaries(TEXTS, VALUES, max_size=6))
def test_a_table_is_read_as_it_was_written(values: dict[str, object]) -> None:
    assert tomllib.loads(table("it", values)) == {"it": values}
    assert tomllib.loads(table("", values)) == values


def test_a_key_says_what_it_is_for() -> None:
    text = table("it", {"size": 3}, {"size": "How many."})
    assert text == "[it]\n# How many.\nsize = 3\n"
