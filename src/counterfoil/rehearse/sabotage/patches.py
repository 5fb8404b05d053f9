"""Planted defects: guards taken out of a copy of the house, to see that their absence is noticed.

A checker that has never seen a defect proves nothing. The defects are exact texts in
`sabotages.toml`: where the source has moved on, a patch applies no longer and a test says so.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec

import counterfoil
from counterfoil.values.errors import Halt, Misconfigured


class Patch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One replacement: `old` stands exactly once in `file`, a path inside the package."""

    file: str
    old: str
    new: str


class Sabotage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One defect. `breaks` says what is lost with the guard, `tests` who must notice it.

    Within so many `seeds` the worlds must notice it too, or within so many drills of `restores`,
    or in one world that was `kept`; where none is said it lies outside of what they show.
    """

    name: str
    breaks: str
    tests: tuple[str, ...]
    patch: tuple[Patch, ...]
    seeds: int = 0
    restores: int = 0
    kept: str = ""
    group: bool = False

    @property
    def worlds(self) -> range:
        """The numbers of the worlds that look at it until one says no; a kept one is number 0."""
        return range(1) if self.kept else range(1, 1 + self.seeds + self.restores)


class _Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    breaks: str
    members: tuple[str, ...]
    seeds: int = 0


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sabotage: tuple[Sabotage, ...]
    group: tuple[_Group, ...]


@cache
def planted() -> dict[str, Sabotage]:
    """Every sabotage by its name, the single ones first; a group has all patches of its members."""
    text = (files("counterfoil.rehearse.sabotage") / "sabotages.toml").read_text("utf-8")
    table = msgspec.toml.decode(text, type=_Table)
    single = {sabotage.name: sabotage for sabotage in table.sabotage}
    return single | {
        group.name: _together(group, [single[name] for name in group.members])
        for group in table.group
    }


def named(name: str) -> Sabotage:
    """The sabotage of that name. Raises `Misconfigured` where there is none."""
    sabotage = planted().get(name)
    if sabotage is None:
        raise Misconfigured(
            f"There is no sabotage {name!r}.", do="See rehearse/sabotage/sabotages.toml."
        )
    return sabotage


def _together(group: _Group, members: Sequence[Sabotage]) -> Sabotage:
    return Sabotage(
        name=group.name,
        breaks=group.breaks,
        tests=tuple(dict.fromkeys(test for member in members for test in member.tests)),
        patch=tuple(patch for member in members for patch in member.patch),
        seeds=group.seeds,
        group=True,
    )


def copy(place: Path, original: Path | None = None) -> Path:
    """A copy of this package inside `place`, which is then a place to import it from.

    With `original`, of the package in that place: all copies of one run are then of one moment.
    """
    package = Path(counterfoil.__file__).parent
    source = original / package.name if original else package
    shutil.copytree(source, place / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    return place


def plant(place: Path, sabotage: Sabotage) -> None:
    """Take the guards out of the copy in `place`. Raises `Halt` where a patch does not apply."""
    for patch in sabotage.patch:
        file = place / "counterfoil" / patch.file
        text = file.read_text("utf-8")
        if text.count(patch.old) != 1:
            raise Halt(
                f"{sabotage.name}: the text to take out stands {text.count(patch.old)} times"
                f" in {patch.file}.",
                do="The source has moved: write the patch in sabotages.toml anew.",
                code="no-such-text",
            )
        file.write_text(text.replace(patch.old, patch.new), "utf-8")
