"""One table for what is sent and what is seen: it makes the payload, and what must be seen of it.

A member that is sent has the name under which it is compared; a field that is compared has the
column in which the target shows it. So nothing is sent that is neither compared nor named as not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar, cast

import msgspec

from counterfoil.kit.api.readback import Read, Row, add, amount, count, identity, text
from counterfoil.kit.connector import Field, Kind
from counterfoil.mapping.convert import both, same
from counterfoil.mapping.field import Entry, Table
from counterfoil.mapping.field import Field as Copied
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.recorder import record
from counterfoil.values.errors import Misconfigured

P = TypeVar("P")

_READS: Final[Mapping[Kind, Read]] = {
    "money": amount,
    "pieces": count,
    "code": identity,
    "text": text,
    "person": text,
}
_ADDED: Final = ("money", "pieces")
_BRACKETS: Final = str.maketrans("[]", "()")  # a name is read up to its own bracket
_REMEMBERED: Final = 16_384  # codes
_Fill = Callable[
    [dict[str, Field], Mapping[str, Sequence[str]], Mapping[str, Sequence[Field]], Sequence[Field]],
    None,
]


class Shown(msgspec.Struct, frozen=True):
    """A field that is compared: its name, what it is, and the column in which the target shows it,
    which is read as its kind is unless `read` does it. `kind` None: it is shown, never compared."""

    name: str
    kind: Kind | None
    column: str
    read: Read | None = None

    @property
    def reader(self) -> tuple[str, Read]:
        """The field's name and how its column is read, as `readback.fields` takes them."""
        return self.name, self.read or _READS[self.kind or "text"]


class Member(msgspec.Struct, Generic[P], frozen=True):
    """A member of the payload, compared as the field `name`; sent `when` this is so of the parts
    that the payload is made of (None: always).

    `reckoned`: what must be seen does not stand in the payload as it is compared.
    """

    name: str
    entry: Entry
    when: Callable[[P], bool] | None = None
    reckoned: bool = False


def rows(name: str, members: Sequence[Member[Any]]) -> Table[msgspec.Struct]:
    """The table of a payload's rows, each of which has all of `members`, none inside another."""
    entries = [member.entry for member in members]
    # A struct is made and written in two thirds of the time that a dictionary takes.
    row = msgspec.defstruct("Row", [(entry.target, object) for entry in entries], gc=False)
    return Table(name, entries, row, reads="attributes")


class Form(msgspec.Struct, Generic[P], frozen=True):
    """For documents of one shape: what makes the payload, and what must be seen of what was sent.

    `blanks` names the expected fields that may have been sent blank.
    """

    payload: Mapper[dict[str, Any]]
    copied: Mapper[dict[str, Field]]
    reckoned: Mapper[dict[str, Field]]
    blanks: tuple[str, ...]
    not_compared: tuple[str, ...]

    def expected(self, sent: dict[str, Any], parts: P, currency: str) -> dict[str, Field]:
        """What must be seen; what was not sent, or sent blank, is not expected either."""
        expected = self.copied.run(sent, currency)
        for name in self.blanks:
            if expected[name] == "":
                del expected[name]
        expected.update(self.reckoned.run(parts, currency))
        return expected


class Forms(Generic[P]):
    """The forms of one connection, each made when a document of its shape first comes.

    `name` is that of the tables. `kinds` has every field that is compared, of the rows too; a
    member that is compared as none of them is named as not compared ("" is a list of rows, whose
    members are `below`). `reckoned` says of the parts what else must be seen.
    Raises `Misconfigured` for a member that is compared under a name with a dot, as a path has.
    """

    def __init__(
        self,
        name: str,
        members: Sequence[Member[P]],
        kinds: Collection[str],
        *,
        reckoned: Sequence[Entry] = (),
        below: Sequence[Member[Any]] = (),
    ) -> None:
        self._name = name
        self._members = members
        self._kinds = kinds
        self._check_names()
        table = Table[dict[str, Field]](f"{name}.reckoned", reckoned, reads="attributes")
        self._reckoned = Mapper(table)
        # Its mappers are made of a part of the members each, when a document of that shape comes.
        record(
            Table[dict[str, Any]](name, [member.entry for member in members], reads="attributes")
        )
        self._below = tuple(member.name for member in below if member.name not in kinds)
        self._whens = tuple(dict.fromkeys(member.when for member in members if member.when))
        self._forms: dict[tuple[bool, ...], Form[P]] = {}

    def of(self, parts: P) -> Form[P]:
        """The form of a document that is made of these parts."""
        shape = tuple([when(parts) for when in self._whens])
        form = self._forms.get(shape)
        if form is None:
            holds = dict(zip(self._whens, shape, strict=True))
            form = self._forms[shape] = self._form(
                [member for member in self._members if not member.when or holds[member.when]]
            )
        return form

    def _check_names(self) -> None:
        for member in self._members:
            if "." in member.name and member.name in self._kinds:
                raise Misconfigured(
                    f"The member {member.name!r} is compared, and its name has a dot.",
                    do="Give it a name without one: only the members of rows have a dot.",
                    where=self._name,
                )

    def _form(self, members: Sequence[Member[P]]) -> Form[P]:
        copied = {
            member.name: member.entry.target
            for member in members
            if member.name in self._kinds and not member.reckoned
        }
        entries = [member.entry for member in members]
        copies = [Copied(name, path, same) for name, path in copied.items()]
        return Form(
            payload=Mapper(Table[dict[str, Any]](self._name, entries, reads="attributes")),
            copied=Mapper(Table[dict[str, Field]](f"{self._name}.copied", copies)),
            reckoned=self._reckoned,
            blanks=tuple(copied),
            not_compared=(
                *self._below,
                *(member.name for member in members if member.name not in {*self._kinds, ""}),
            ),
        )


class ByCode:
    """Rows that are compared together by a code, since a target may split one in two.

    `name` is that of the list. Of the rows under one code what is money or pieces is added up; of
    anything else they have the same, or a text of what each has.
    """

    def __init__(self, name: str, column: str, fields: Sequence[Shown]) -> None:
        self._name = name
        self._column = column
        self._fields = [(field.column, field.reader[1], field.kind in _ADDED) for field in fields]
        self._ends = [field.name for field in fields]
        self._names = _Names(name, self._ends)
        self._fills: dict[tuple[int, int], _Fill] = {}
        self.kinds: Mapping[str, Kind] = {
            f"{name}.{field.name}": field.kind for field in fields if field.kind
        }

    def expect(
        self,
        expected: dict[str, Field],
        codes: Mapping[str, Sequence[Field]],
        alike: Sequence[Field] = (),
    ) -> None:
        """Add what must be seen: by code the value of each field, perhaps of the first only (of
        every code the same ones); then those that are `alike` under every code."""
        width = len(next(iter(codes.values()), ()))
        fill = self._fills.get((width, len(alike)))
        if fill is None:
            fill = _fill(width, len(alike), len(self._ends))
            self._fills[width, len(alike)] = fill
        fill(expected, self._names, codes, alike)

    def seen(self, rows: Iterable[Row], currency: str) -> tuple[dict[str, Field], int]:
        """What the rows show, and how many codes they have."""
        fields: dict[str, Field] = {}
        codes: set[str] = set()
        for row in rows:
            code = text(row[self._column])
            codes.add(code)
            names = zip(self._names[code], self._fields, strict=True)
            for name, (column, read, added) in names:
                if column not in row:
                    continue
                value = read(row[column], currency)
                if added:
                    add(fields, name, value)
                else:
                    fields[name] = both(fields.get(name, value), value)
        return fields, len(codes)

    def unseen(self, rows: Sequence[Row]) -> set[str]:
        """The fields that these rows do not show at all."""
        ends = zip(self._ends, self._fields, strict=True)
        return {
            f"{self._name}.{end}" for end, (column, _, _) in ends if rows and column not in rows[0]
        }


class _Names(dict[str, tuple[str, ...]]):
    """The names of a code's fields, made once: the same codes come all day."""

    def __init__(self, name: str, ends: Sequence[str]) -> None:
        super().__init__()
        self._name = name
        self._ends = ends

    def __missing__(self, code: str) -> tuple[str, ...]:
        if len(self) >= _REMEMBERED:
            self.clear()
        start = f"{self._name}[{code.translate(_BRACKETS)}]"
        names = self[code] = tuple(f"{start}.{end}" for end in self._ends)
        return names


def _fill(width: int, alike: int, ends: int) -> _Fill:
    """The function that puts `width` values of each code, and so many that are `alike`, under the
    first of its `ends` names. It is written out, since a loop over four names costs twice as much
    as four assignments. Nothing but counts goes into its text."""
    values = [f"v{place}" for place in range(width)]
    same_values = [f"a{place}" for place in range(alike)]
    told = values + same_values
    names = [f"n{place}" for place in range(max(ends, len(told)))]
    lines = [
        "def fill(expected, names, codes, alike):",
        f"    [{', '.join(same_values)}] = alike",
        f"    for code, [{', '.join(values)}] in codes.items():",
        f"        [{', '.join(names)}] = names[code]",
        *(f"        expected[n{place}] = {value}" for place, value in enumerate(told)),
    ]
    scope: dict[str, object] = {}
    exec("\n".join(lines), scope)  # noqa: S102 (our own text, see above)
    return cast("_Fill", scope["fill"])
