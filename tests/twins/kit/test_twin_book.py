"""A twin's book over HTTP: a page begins after a key, and costs the same wherever it lies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from counterfoil.kit.contract import AsgiWire
from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.control import control


class Bookkeeper:
    """As much of a twin as its book needs; it counts the entries that were made."""

    def __init__(self) -> None:
        self.made = 0

    def book(self, word: str, after: int = 0) -> Iterator[Entry]:
        for key in range(after + 1, 8 if word == "order" else 0):
            self.made += 1
            yield Entry(str(key), f"R{key}", 0, 0, Measure(100, "GBP"), {})


async def test_pages_follow_each_other_by_key_and_none_is_made_twice() -> None:
    keeper: Any = Bookkeeper()
    wire = AsgiWire(control(keeper))

    async def page(query: str) -> list[str]:
        answer = await wire.send("GET", f"http://twin/_twin/book/{query}", {}, b"", 1.0)
        return [entry["key"] for entry in msgspec.json.decode(answer.body)["entries"]]

    assert [await page(f"order?after={after}&limit=3") for after in (0, 3)] == [[*"123"], [*"456"]]
    assert keeper.made == 6
    assert [await page(query) for query in ("order?after=6", "order?after=7", "customer")] == [
        ["7"],
        [],
        [],
    ]
