"""Members of a payload that are sent where their field is the route's own to write."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Protocol, TypeVar

from counterfoil.kit.api.compared import Member
from counterfoil.mapping.convert import Converter, trimmed
from counterfoil.mapping.field import Field


class Masked(Protocol):
    """What a payload is made of: it knows which fields its route may write (`Inputs.mask`)."""

    def may(self, field: str, said: object) -> bool:
        """Whether a field that says this is sent."""
        ...


M = TypeVar("M", bound=Masked)


def when(field: str, said: Callable[[M], object]) -> Callable[[M], bool]:
    """Sent where the route may write the field, which says so much."""
    return lambda parts: parts.may(field, said(parts))


def member(
    name: str,
    target: str,
    source: str,
    field: str = "",
    *,
    convert: Converter = trimmed,
    reckoned: bool = False,
) -> Member[M]:
    """The member `target`, compared as `name`, of what stands at `source`: sent where the route may
    write the `field`, which is the last word of the source unless it is named."""
    field_name = field or source.rpartition(".")[2]
    entry = Field(target, source, convert)
    return Member(name, entry, when(field_name, attrgetter(source)), reckoned)
