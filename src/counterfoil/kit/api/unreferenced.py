"""Documents that a target keeps without any reference of ours: known by what they hold.

A reference names the owner under which they are read. Of what is made it names the ids that were
there before, and the mark of each part that is made together, its own first; of what is changed the
ids of the parts, each after "=". So what was made is found among what is new there, whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from counterfoil.kit.connector import Field, Intent, Kind, Step
from counterfoil.mapping.losses import Loss


class Part(Protocol):
    """A part of a document, as the target has it."""

    @property
    def id(self) -> str:
        """The target's own id of it."""
        ...

    def mark(self, *, beside: bool = False) -> str:
        """By what it is known; more of it where it stands `beside` other parts."""
        ...


P = TypeVar("P", bound=Part)


def made(owner: str, before: Iterable[str], marks: Sequence[str]) -> list[str]:
    """The reference of each part that is made."""
    was = ",".join(sorted(before))
    return [f"{owner}/{was}/{';'.join(turned)}" for turned in _turns(marks)]


def changed(owner: str, ids: Sequence[str]) -> list[str]:
    """The reference of each part that is changed."""
    return [f"{owner}/={'+'.join(turned)}" for turned in _turns(ids)]


def owner_of(reference: str) -> str:
    """Under what the target is asked for it."""
    return reference.partition("/")[0]


def sighted(reference: str, there: Sequence[P]) -> list[list[P]]:
    """The documents that a reference stands for, each with the part that it names first: the one of
    its ids, or those that are new and have its marks."""
    _, _, signs = reference.partition("/")
    if signs.startswith("="):
        by_id = {part.id: part for part in there}
        parts = [by_id.get(identity) for identity in signs[1:].split("+")]
        return [[part for part in parts if part is not None]] if parts[0] is not None else []
    before, _, marks = signs.partition("/")
    first, *others = marks.split(";")
    news = [part for part in there if part.id not in before.split(",")]
    beside = [part for part in news if part.mark(beside=True) in others]
    return [[part, *beside] for part in news if part.mark(beside=bool(others)) == first]


def intent(
    steps: Sequence[Step],
    expect: Mapping[str, Field],
    losses: Sequence[Loss],
    kinds: Mapping[str, Kind],
) -> Intent:
    """The intent of one call, or of the steps where there are several."""
    first, *others = steps
    if others:
        return Intent(first.reference, b"", expect, tuple(losses), kinds, steps=tuple(steps))
    return Intent(first.reference, first.payload, expect, tuple(losses), kinds)


def _turns(parts: Sequence[str]) -> list[list[str]]:
    """The parts as often as there are, each of them first once."""
    return [[*parts[place:], *parts[:place]] for place in range(len(parts))]
