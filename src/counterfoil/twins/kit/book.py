"""A neutral view of what a twin holds, for whoever proves: the same shape for every vendor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Fact = str | int | bool | None | tuple["Fact", ...] | Mapping[str, "Fact"]
"""A field that a checker may compare: plain values only."""


class Measure(NamedTuple):
    """How much a document is: minor units of a currency (ISO 4217, "" where none is said), or
    pieces of a unit."""

    amount: int
    unit: str


class Entry(NamedTuple):
    """One document as the twin holds it now.

    `key` is the vendor's own identity, a number; `reference` what the sender calls it. Moments are
    seconds since 1970; 0 where the vendor does not say.
    """

    key: str
    reference: str
    born_s: int
    changed_s: int
    measure: Measure
    facts: Mapping[str, Fact]
