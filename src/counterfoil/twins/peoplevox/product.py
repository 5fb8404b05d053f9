"""Item types and their groups, row by row: taken or changed under their keys, never renamed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from counterfoil.twins.kit import tables
from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.memory import Memory, number
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.tables import Cells, Report
from counterfoil.twins.peoplevox.site import TEMPLATES
from counterfoil.values.clock import Clock

ITEMS, GROUPS = "Item types", "Item type groups"
KEYS: Final[Mapping[str, str]] = {ITEMS: "ItemCode", GROUPS: "Name"}
"""The column of the key, by template."""


def shown() -> dict[str, Report]:
    """How the templates are shown."""
    view = "(select * from items where template = '%s')"
    return {
        name: tables.stored(view % name, TEMPLATES[name].names, (), **{key: "key"})
        for name, key in KEYS.items()
    }


class Items:
    """The items of one site; a group that an item names is made with it."""

    def __init__(self, memory: Memory, clock: Clock) -> None:
        self._memory = memory
        self._clock = clock

    def save(self, template: str, cells: Cells) -> None:
        """Insert a row, or change the columns that it names under its key. Raises `Refusal`."""
        cells = TEMPLATES[template].cut(cells)
        key, now_s = cells.get(KEYS[template], ""), int(unix_s(self._clock.now()))
        before = self._memory.row(
            "select cells from items where template = ? and key = ?", template, key
        )
        whole: Cells = {**(json.loads(str(before[0])) if before else {}), **cells}
        TEMPLATES[template].check(whole, {})
        self._memory.run(
            "insert into items (template, key, cells, born_s, changed_s) values (?, ?, ?, ?, ?)"
            " on conflict (template, key) do update set cells = excluded.cells,"
            " changed_s = excluded.changed_s",
            *(template, key, json.dumps(whole), now_s, now_s),
        )
        if template == ITEMS and whole.get("ItemGroup"):
            self.save(GROUPS, {"Name": whole["ItemGroup"]})

    def count(self, template: str, key: str) -> int:
        """How many rows of a template stand under a key."""
        sql = "select count(*) from items where template = ? and key = ?"
        return int(self._memory.number(sql, template, key))

    def book(self, after: int = 0) -> Iterator[Entry]:
        """Every item beyond `after`, the oldest first; groups are no products."""
        sql = "select * from items where template = ? and id > ? order by id"
        for row in self._memory.records(sql, (ITEMS, after)):
            cells: Cells = json.loads(str(row["cells"]))
            born_s, changed_s = (int(number(row[name])) for name in ("born_s", "changed_s"))
            names = ("Name", "Barcode", "ItemGroup", "Weight")
            facts = {name: cells.get(name, "") for name in names}
            yield Entry(
                *(str(row["id"]), str(row["key"]), born_s, changed_s), Measure(0, ""), facts
            )
