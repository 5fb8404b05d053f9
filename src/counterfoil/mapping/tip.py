"""Tips, where a source says how much was tipped, and not whether a line carries it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from counterfoil.mapping.left import Parts
from counterfoil.model.line import Charge, Line


def with_tip(parts: Parts, tip_minor: int, total_minor: int) -> Parts:
    """The parts with the tip: as the line that it is or, where none carries it and the total has
    it, as an extra."""
    lines = parts.lines
    if not any(line.kind == "tip" for line in lines):
        lines = _named(lines, tip_minor)
        parts = parts._replace(lines=lines)
    without = (parts._replace(included=included).worth for included in (True, False))
    if any(line.kind == "tip" for line in lines) or total_minor in without:
        return parts
    return parts._replace(extras=(Charge("Tip", tip_minor), *parts.extras))


def _named(lines: Sequence[Line], tip_minor: int) -> list[Line]:
    """The lines, those among them that are the tip said to be so.

    Of those without a product that come to what was tipped, only one is it: nobody sends or taxes
    a tip.
    """
    custom = [line for line in lines if line.kind == "custom"]
    tips = [line for line in custom if line.title.casefold() == "tip"] or sorted(
        [line for line in custom if line.total_minor == tip_minor],
        key=lambda line: (line.ships, not line.exempt),
    )[:1]
    return [replace(line, kind="tip") if line in tips else line for line in lines]
