"""The rule that nothing of a document is left behind in silence, and how each member is tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from types import UnionType
from typing import (
    Final,
    Literal,
    NamedTuple,
    TypeGuard,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec
from msgspec.structs import replace

from counterfoil.kit.contract.case import TargetCase, composed, demand
from counterfoil.kit.contract.rule import about_what_is_sent
from counterfoil.mapping.untold import ignored_in
from counterfoil.model.document import Document
from counterfoil.values.errors import Hold

_DOCUMENTS = 3
_MORE, _MOMENT = "9", "2031-02-03T04:05:06Z"
_CODES: Final = {"currency": ("EUR", "USD"), "country": ("FR", "IE")}
"""Members whose words are a standard's: no document has others."""


@about_what_is_sent
async def nothing_is_left_behind_in_silence(case: TargetCase, folder: Path) -> None:
    """Each member of a document, made another or filled where it is empty, makes another write, is
    expected otherwise, is named as lost or meets a person; or the connector's untold.toml says why
    it is ignored."""
    ignored = ignored_in(folder, case.document)
    silent, paths = set[str](), set[str]()
    for number in range(1, _DOCUMENTS + 1):
        for member in members(cast("msgspec.Struct", case.receiver.document(number))):
            paths.add(member.path)
            if not _covered(member.path, ignored) and await _is_silent(case, member):
                silent.add(member.path)
    demand(not silent, f"Nothing tells of {', '.join(sorted(silent))}.")
    unknown = [name for name in ignored if not any(_covered(path, [name]) for path in paths)]
    demand(not unknown, f"untold.toml ignores {', '.join(unknown)}, which no document has.")
    reasons = [name for name, reason in ignored.items() if not reason.endswith(".")]
    demand(not reasons, f"untold.toml gives no sentence for {', '.join(reasons)}.")


class Member(NamedTuple):
    """One value of a document, by its path (in a list: of the first row): the `document` with a row
    in every list on the way to it, and `others` with another value in its place. `choice`: it is
    one of a few words, of which several may mean the same to a target."""

    path: str
    document: msgspec.Struct
    others: Sequence[msgspec.Struct]
    choice: bool


async def _is_silent(case: TargetCase, member: Member) -> bool:
    documents = (member.document, *member.others)
    whole, *others = [await _composed(case, document) for document in documents]
    if whole is None:
        return False
    if not member.choice:
        others = [other for other in others if other is not None]
    return bool(others) and all(other == whole for other in others)


async def _composed(case: TargetCase, document: msgspec.Struct) -> tuple[object, ...] | None:
    """All that leaves or is told of a document; None where a person meets it."""
    with suppress(Hold):
        whole = cast("Document", document)
        intent = await composed(case, case.document, case.target, whole)
        return intent.reference, intent.whole, intent.expect, intent.losses
    return None


def _covered(path: str, names: Iterable[str]) -> bool:
    return any(f"{path}.".startswith(f"{name}.") for name in names)


def members(document: msgspec.Struct) -> Iterator[Member]:
    """Every member of a struct, and of the structs and of the first rows of lists in it."""
    hints = get_type_hints(type(document))
    for name in document.__struct_fields__:
        value: object = getattr(document, name)
        kind = _told(hints[name])
        row = next(filter(_is_struct, get_args(kind)), None)
        if row is not None:
            rows = cast("tuple[msgspec.Struct, ...]", value) or (_filled(row),)
            yield from _below(document, name, rows[0], lambda made, rows=rows: (made, *rows[1:]))
        elif _is_struct(kind):
            struct = cast("msgspec.Struct | None", value)
            blank = struct is None or struct == type(struct)()
            inner = _filled(kind) if struct is None or blank else struct
            yield from _below(document, name, inner, lambda made: made)
        else:
            others = [replace(document, **{name: other}) for other in _others(name, kind, value)]
            yield Member(name, document, others, get_origin(kind) is Literal)


def _below(
    document: msgspec.Struct,
    name: str,
    inner: msgspec.Struct,
    whole: Callable[[msgspec.Struct], object],
) -> Iterator[Member]:
    for path, below, others, choice in members(inner):
        yield Member(
            f"{name}.{path}",
            replace(document, **{name: whole(below)}),
            [replace(document, **{name: whole(other)}) for other in others],
            choice,
        )


def _told(kind: object) -> object:
    """The kind of a value where it is told: of `X | None`, X."""
    if get_origin(kind) in (Union, UnionType):
        return next(below for below in get_args(kind) if below is not type(None))
    return kind


def _others(name: str, kind: object, value: object) -> Sequence[object]:
    """Values of that kind beside `value`."""
    if get_origin(kind) is Literal or name in _CODES:
        return [word for word in get_args(kind) or _CODES[name] if word != value]
    if get_origin(kind) is tuple:
        rows = cast("tuple[object, ...]", value or ())
        return [(*rows, _some(name, get_args(kind)[0]))]
    if kind is bool:
        return [not value]
    if kind is int or kind is Decimal:
        return [cast("int", value or 0) + 1]
    return [f"{value or ''}{_MORE}", _MOMENT]


def _some(name: str, kind: object) -> object:
    """Some value of that kind."""
    if get_origin(kind) is tuple:
        return tuple(_some(name, below) for below in get_args(kind) if below is not Ellipsis)
    return _filled(kind) if _is_struct(kind) else _others(name, kind, None)[0]


def _filled(kind: type[msgspec.Struct]) -> msgspec.Struct:
    """A struct with something in each text, number and list; of a choice it has the usual one."""
    hints, values = get_type_hints(kind), dict[str, object]()
    for field in msgspec.structs.fields(kind):
        told = _told(hints[field.name])
        if field.required or not (get_origin(told) is Literal or told is bool):
            values[field.name] = _some(field.name, told)
    return kind(**values)


def _is_struct(kind: object) -> TypeGuard[type[msgspec.Struct]]:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
