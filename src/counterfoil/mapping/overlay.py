"""A customer's changes to a field table, in TOML, with four verbs and no more.

    [rename]                         # target = the source path that it is read from
    note = "internalComment"
    [constant]                       # target = a value that never changes
    email = "orders@example.org"
    [look-up]                        # target = the value map that its word goes through
    "shipping.code" = "carriers"
    [drop]                           # target = why it is left out
    invoice_to = "the warehouse has no use for it"

A target inside a list or a part is written with a dot, whatever its depth. There is no language
to learn, and nothing in the file is ever evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar, get_type_hints

import msgspec

from counterfoil.mapping.convert import Converter, text
from counterfoil.mapping.field import Computed, Const, Each, Entry, Field, Part, Table
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.values.errors import Misconfigured
from counterfoil.values.nearest import near

T = TypeVar("T")
_Change = Callable[[Entry, Table[object]], Entry | None]


class Overlay(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"look_up": "look-up"}
):
    """The changes, by target."""

    rename: dict[str, str] = {}
    constant: dict[str, str | int | bool] = {}
    look_up: dict[str, str] = {}
    drop: dict[str, str] = {}


def parse(document: Mapping[str, object], *, where: str) -> Overlay:
    """The overlay that a TOML table states. Raises `Misconfigured` where it is not one."""
    try:
        overlay = msgspec.convert(document, Overlay)
    except msgspec.ValidationError as error:
        raise Misconfigured(
            f"The overlay is not in order: {error}.",
            do="Its verbs are rename, constant, look-up and drop.",
            where=where,
        ) from None
    _once(overlay, where)
    return overlay


def apply_overlay(
    table: Table[T], overlay: Overlay, maps: Mapping[str, ValueMap], *, where: str
) -> Table[T]:
    """A new table with the overlay's changes.

    Raises `Misconfigured` for an unknown target (naming the nearest), an unknown value map, a
    constant of the wrong type, or a drop of something that the document must have.
    """
    edited = _Edited(table, maps, where)
    for target, path in overlay.rename.items():
        edited.rename(target, path)
    for target, value in overlay.constant.items():
        edited.constant(target, value)
    for target, name in overlay.look_up.items():
        edited.look_up(target, name)
    for target, why in overlay.drop.items():
        edited.drop(target, why)
    return edited.table


def targets(table: Table[object], under: str = "") -> list[str]:
    """Every target that an overlay of `table` can name."""
    names: list[str] = []
    for entry in table.entries:
        names.append(under + entry.target)
        if isinstance(entry, Each | Part):
            names.extend(targets(entry.table, f"{under}{entry.target}."))
    return names


def _once(overlay: Overlay, where: str) -> None:
    changed: set[str] = set()
    for changes in (overlay.rename, overlay.constant, overlay.drop):
        for target in changes:
            if target in changed:
                raise Misconfigured(
                    f"{target!r} stands under two verbs.",
                    do="Only look-up may be joined with rename.",
                    where=where,
                )
            changed.add(target)


class _Edited(Generic[T]):
    """A table with changes being laid over it, one at a time."""

    def __init__(self, table: Table[T], maps: Mapping[str, ValueMap], where: str) -> None:
        self.table = table
        self._maps = maps
        self._where = where

    def rename(self, target: str, path: str) -> None:
        def renamed(entry: Entry, table: Table[object]) -> Entry:
            if isinstance(entry, Computed | Const):
                raise self._wrong(target, "is not read from one path, so it cannot be renamed")
            return msgspec.structs.replace(entry, source=path)

        self._change(target, renamed)

    def constant(self, target: str, value: str | int | bool) -> None:
        def fixed(entry: Entry, table: Table[object]) -> Entry:
            return Const(entry.target, self._typed(target, value, entry, table))

        self._change(target, fixed)

    def look_up(self, target: str, name: str) -> None:
        words = self._maps.get(name)
        if words is None:
            raise Misconfigured(
                f"There is no value map {name!r}.",
                do=near(name, self._maps),
                where=self._where,
            )

        def looked_up(entry: Entry, table: Table[object]) -> Entry:
            if not isinstance(entry, Field):
                raise self._wrong(target, "is not a single field, so no word can be looked up")
            return msgspec.structs.replace(entry, convert=_through(words, entry.convert))

        self._change(target, looked_up)

    def drop(self, target: str, why: str) -> None:
        def dropped(entry: Entry, table: Table[object]) -> Entry | None:
            if entry.target in _needed(table):
                raise self._wrong(target, "cannot be dropped: no document is whole without it")
            return None

        self._change(target, dropped)
        drops = {**self.table.drops, target: why}
        self.table = msgspec.structs.replace(self.table, drops=drops)

    def _change(self, target: str, change: _Change) -> None:
        changed = _changed(self.table, target, change)
        if changed is None:
            raise Misconfigured(
                f"The table {self.table.name!r} has no target {target!r}.",
                do=near(target, targets(self.table)),
                where=self._where,
            )
        self.table = changed

    def _typed(self, target: str, value: object, entry: Entry, table: Table[object]) -> object:
        hint = get_type_hints(table.make).get(entry.target) if table.make is not dict else None
        try:
            return value if hint is None else msgspec.convert(value, hint)
        except msgspec.ValidationError as error:
            raise self._wrong(target, f"cannot be {value!r}: {error}") from None

    def _wrong(self, target: str, what: str) -> Misconfigured:
        return Misconfigured(f"{target!r} {what}.", do="Correct the overlay.", where=self._where)


def _changed(table: Table[T], target: str, change: _Change) -> Table[T] | None:
    entries: list[Entry] = []
    hit = False
    for entry in table.entries:
        edited: Entry | None = entry
        if entry.target == target:
            edited, hit = change(entry, table), True
        elif isinstance(entry, Each | Part) and target.startswith(f"{entry.target}."):
            below = _changed(entry.table, target[len(entry.target) + 1 :], change)
            if below is not None:
                edited, hit = msgspec.structs.replace(entry, table=below), True
        if edited is not None:
            entries.append(edited)
    return msgspec.structs.replace(table, entries=entries) if hit else None


def _needed(table: Table[object]) -> tuple[str, ...]:
    fields: tuple[str, ...] = getattr(table.make, "__struct_fields__", ())
    defaults: tuple[object, ...] = getattr(table.make, "__struct_defaults__", ())
    return fields[: len(fields) - len(defaults)]


def _through(words: ValueMap, convert: Converter) -> Converter:
    return lambda value, currency: words.look_up(text(convert(value, currency), currency))
