"""GraphQL over HTTP: what is asked, and the envelope that answers.

A status of 200 proves nothing here: a refusal, a fault and an answer all arrive as 200.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any, Final, cast

import msgspec

from counterfoil.kit.formats import strict_json
from counterfoil.values.errors import Refuse


class Complaint(msgspec.Struct, frozen=True):
    """One error of an answer; a parse error has no code. `extensions` are the vendor's own."""

    message: str = ""
    extensions: strict_json.Object = {}

    @property
    def code(self) -> str:
        """The vendor's word for it, empty where it has none."""
        code = self.extensions.get("code")
        return code if isinstance(code, str) else ""


class Body(msgspec.Struct, frozen=True):
    """One answer: data, complaints, what stands beside them, and the bytes of it all."""

    data: strict_json.Object | None = None
    errors: list[Complaint] = []
    extensions: strict_json.Object = {}
    source: bytes = b""

    def get(self, member: str) -> Any:
        """A member of the data; None where there is none."""
        return (self.data or {}).get(member)

    def nodes(self, connection: str) -> list[bytes]:
        """Each node of a connection at the top of the data, as the very bytes that were sent."""
        members = _SLICED(self.source).data
        return [bytes(node) for node in _NODES(members[connection]).nodes]


class _Nodes(msgspec.Struct):
    nodes: list[msgspec.Raw]


class _Sliced(msgspec.Struct):
    data: dict[str, msgspec.Raw]


_NODES: Final = msgspec.json.Decoder(_Nodes).decode
_SLICED: Final = msgspec.json.Decoder(_Sliced).decode


_DEFINITION: Final = re.compile(
    r"^(query|mutation|fragment) (\w+)([^{]*)\{\n(.*?)^\}\n", re.MULTILINE | re.DOTALL
)
_SPREAD: Final = re.compile(r"\.\.\.(\w+)")


class Documents:
    """The definitions in the `*.graphql` files of a package's folder, each of which begins and ends
    with a line of its own: operations by their names, and the fragments that they share."""

    def __init__(self, package: str) -> None:
        paths = [path for path in files(package).iterdir() if path.name.endswith(".graphql")]
        self._operations: dict[str, str] = {}
        self._fragments: dict[str, str] = {}
        self._bodies: dict[str, str] = {}
        for path in paths:
            for match in _DEFINITION.finditer(path.read_text("utf-8")):
                kind, name, _, self._bodies[name] = match.groups()
                texts = self._fragments if kind == "fragment" else self._operations
                texts[name] = match[0]

    def __getitem__(self, name: str) -> str:
        """The operation of this name, with the fragments that it needs."""
        return self.whole(self._operations[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._operations)

    def whole(self, text: str) -> str:
        """A text with the fragments that it needs, each once."""
        spreads, needed = _SPREAD.findall(text), list[str]()
        while spreads:
            name = spreads.pop(0)
            if name not in needed:
                needed.append(name)
                spreads += _SPREAD.findall(self._bodies[name])
        return text + "".join(self._fragments[name] for name in needed)

    def several(self, field: str, count: int, fragment: str, **further: str) -> str:
        """A query for so many documents at `field` by their identities, the variables k0, k1, ...,
        each as `fragment` tells it; `further` are the types of what this needs, by name."""
        names = [f"k{place}" for place in range(count)]
        types = {**further, **dict.fromkeys(names, "ID!")}
        declared = [f"${name}: {type_}" for name, type_ in types.items()]
        rows = "".join(f"  o{name}: {field}(id: ${name}) {{ ...{fragment} }}\n" for name in names)
        return self.whole(f"query Several({', '.join(declared)}) {{\n{rows}}}\n")

    def literal(self, name: str, **values: object) -> str:
        """An operation without a name, variables or fragments: all of it is written out. So a
        vendor wants a query that it will run by itself."""
        text = self._bodies[name]
        while _SPREAD.search(text):
            text = _SPREAD.sub(lambda match: self._bodies[match[1]].strip(), text)
        for variable, value in values.items():
            text = text.replace(f"${variable}", msgspec.json.encode(value).decode())
        return "{\n" + text + "}\n"


def with_nodes(row: Mapping[str, Any], *connections: str) -> dict[str, Any]:
    """The row, whose `connections` tell their rows as nodes where they told them in edges."""
    plain = dict(row)
    for name in connections:
        match plain.get(name):
            case {"edges": [*edges]}:
                plain[name] = {"nodes": [edge["node"] for edge in edges]}
            case _:
                pass
    return plain


def together(kind: str, name: str, calls: Sequence[tuple[str, str]]) -> str:
    """An operation of this kind that makes several calls: of each the variables that it declares,
    and its row, in both of which {n} is its place."""
    declared = " ".join(variables.format(n=place) for place, (variables, _) in enumerate(calls))
    rows = "\n".join(row.format(n=place) for place, (_, row) in enumerate(calls))
    return f"{kind} {name}({declared}) {{\n{rows}\n}}\n"


def is_cut(value: object) -> bool:
    """Whether any connection inside a value has more than is told of it."""
    if isinstance(value, list):
        return any(map(is_cut, cast("list[object]", value)))
    if not isinstance(value, dict):
        return False
    row = cast("dict[str, object]", value)
    return row.get("hasNextPage") is True or any(map(is_cut, row.values()))


def as_lists(value: object) -> object:
    """The value with every connection inside it as the list of its nodes."""
    if isinstance(value, list):
        return [as_lists(part) for part in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    row = cast("dict[str, object]", value)
    if isinstance(row.get("nodes"), list):
        return as_lists(row["nodes"])
    return {name: as_lists(part) for name, part in row.items()}


def encode(document: str, variables: Mapping[str, object]) -> bytes:
    """The body of a call."""
    return msgspec.json.encode({"query": document, "variables": variables})


def parse(body: bytes, *, what: str = "The answer") -> Body:
    """An answer's envelope.

    Raises `Refuse`: "bad-json", or "bad-shape" where it is JSON and no envelope: every answer has
    data, or says what is wrong.
    """
    value = strict_json.convert(strict_json.parse(body, what=what), Body, what=what)
    if value.data is None and not value.errors:
        raise Refuse(
            f"{what} has neither data nor errors.",
            do="Nothing was taken from it. Something between us and the vendor may have answered.",
            code="bad-shape",
        )
    return msgspec.structs.replace(value, source=body)
