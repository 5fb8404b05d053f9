"""The line of every key, whatever way TOML is written."""

from __future__ import annotations

from counterfoil.config.places import dotted, lines, nearest

TEXT = '''\
# a comment
[estate]
name = "x"   # [not.a.table]

[connections.shop]
hosts = [
  "a",
  "b",   # [neither]
]
note = """
[nor.this]
key = 1
"""
settings.deep.key = { inner = 3 }

[[list]]
a = 1
[[list]]
b = 2
'''


def test_tables_keys_and_what_is_inside_them() -> None:
    found = lines(TEXT)
    assert found[("estate", "name")] == 3
    assert found[("connections", "shop")] == 5
    assert found[("connections", "shop", "hosts")] == 6
    assert found[("connections", "shop", "note")] == 10
    assert found[("connections", "shop", "settings", "deep", "key", "inner")] == 14
    assert found[("list", "b")] == 19
    assert ("nor",) not in found


def test_the_nearest_table_stands_in_for_what_is_not_written() -> None:
    found = lines(TEXT)
    assert nearest(found, ("connections", "shop", "url")) == 5
    assert nearest(found, ("nothing", "here")) == 0


def test_a_place_is_written_as_toml_writes_it() -> None:
    assert dotted(("maps", "delivery", "Next day")) == 'maps.delivery."Next day"'
