"""Converters of what people and apps wrote beside a document: pairs, labels, lists of words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import msgspec

from counterfoil.mapping.convert import inlined, text
from counterfoil.mapping.field import Converter
from counterfoil.model.line import Pairs

Row = Mapping[str, object]
_LONGEST = 10_000  # characters of one value
# A number with a fraction arrives as text of its own kind, and goes out as it came.
_JSON = msgspec.json.Encoder(enc_hook=lambda fraction: msgspec.Raw(fraction.encode()))

_IF_ANY = "{c}({v}, currency) if {v} else ()"


def pairs(name: str, value: str = "value") -> Converter:
    """Names with their values, in order: a list of objects with these two members, or an object."""

    @inlined(_IF_ANY)
    def converted(written: object, currency: str) -> Pairs:
        if isinstance(written, dict):
            members = cast("Row", written).items()
            return tuple((label, _as_text(member)) for label, member in members)
        rows = cast("Sequence[Row]", written)
        return tuple((text(row.get(name), currency), _as_text(row.get(value))) for row in rows)

    return converted


def words(name: str) -> Converter:
    """A list of texts, or of objects that have one at `name`."""

    @inlined(_IF_ANY)
    def converted(listed: object, currency: str) -> tuple[str, ...]:
        rows = cast("Sequence[Row | str]", listed)
        return tuple(
            text(row.get(name) if isinstance(row, Mapping) else row, currency) for row in rows
        )

    return converted


@inlined(_IF_ANY)
def labels(value: object, currency: str) -> tuple[str, ...]:
    """Labels in one order, each once: some systems list them, some join them with commas."""
    rows = value.split(",") if isinstance(value, str) else cast("Sequence[str]", value)
    return tuple(sorted({text(label, currency).strip() for label in rows} - {""}))


def _as_text(value: object) -> str:
    """A value as text: what is not one, an app wrote as JSON."""
    if value is None:
        return ""
    whole = value if isinstance(value, str) else _JSON.encode(value).decode()
    return whole[:_LONGEST]
