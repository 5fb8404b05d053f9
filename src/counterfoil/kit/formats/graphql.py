"""GraphQL over HTTP: what is asked, and the envelope that answers.

A status of 200 proves nothing here: a refusal, a fault and an answer all arrive as 200.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

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
