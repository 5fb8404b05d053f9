"""What a document may contain: no float anywhere, and every amount a whole number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import msgspec

from counterfoil.kit.connector import Reading
from counterfoil.kit.contract.case import demand
from counterfoil.model.document import Document


def floats(value: object, place: str = "") -> Iterator[str]:
    """The places at which `value` has a float, or an amount that is told (None: it is not) and is
    no whole number."""
    amount = place.endswith("_minor") and value is not None
    if isinstance(value, float) or (amount and type(value) is not int):
        yield place
    elif isinstance(value, msgspec.Struct):
        yield from floats(msgspec.structs.asdict(value), place)
    elif isinstance(value, Mapping):
        for name, member in cast("Mapping[str, object]", value).items():
            yield from floats(member, f"{place}.{name}" if place else name)
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for index, member in enumerate(cast("Sequence[object]", value)):
            yield from floats(member, f"{place}[{index}]")


def truthful(reading: Reading[Document], source: str) -> None:
    """Raise `Broken` where a reading contradicts itself or its document."""
    demand(bool(reading.key), f"{source}: a reading has no key.")
    document, problem = reading.document, reading.problem
    exclusive = (document is None) != (problem is None)
    demand(exclusive, f"{source}: {reading.key} is not either a document or a problem.")
    if document is None:
        return
    stated = (reading.key, reading.number, reading.version, reading.measure)
    has = (document.key, document.number, document.version, document.measure)
    demand(stated == has, f"{source}: the reading says {stated}, its document {has}.")
    wrong = next(floats(document), "")
    demand(not wrong, f"{source}: {wrong} of the document is a float, or no whole number.")


def document(reading: Reading[Document], source: str) -> Document:
    """The reading's document. Raises `Broken` where there is none."""
    truthful(reading, source)
    demand(reading.document is not None, f"{source}: {reading.key} was not read: {reading.problem}")
    assert reading.document is not None
    return reading.document
