"""Documents of several collections as a vendor shows them: found by their id, or by what they are
called, which need not be of one document only. Amounts are exact decimals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, Protocol

import msgspec

from counterfoil.twins.kit.book import Entry, Fact, Measure
from counterfoil.twins.kit.memory import Memory, blob, number
from counterfoil.twins.kit.moments import unix_s
from counterfoil.values.clock import Clock
from counterfoil.values.money import minor

DECODER: Final = msgspec.json.Decoder(float_hook=Decimal)
ENCODER: Final = msgspec.json.Encoder(decimal_format="number")

Row = Mapping[str, Any]


class Collection(Protocol):
    """A kind of document: the name of its collection, and the members with its id and with what it
    is called."""

    @property
    def collection(self) -> str: ...

    @property
    def id(self) -> str: ...

    @property
    def reference(self) -> str: ...


class Filing:
    """What a vendor remembers of its documents."""

    def __init__(self, memory: Memory, clock: Clock) -> None:
        self.memory = memory
        self.clock = clock

    def file(self, kind: Collection, shown: Row, total: Decimal, currency: str) -> None:
        """Keep a document as it is now, which comes to `total`."""
        now_s, identity = unix_s(self.clock.now()), shown[kind.id]
        row = self.memory.row("select id, born_s from filed where uuid = ?", identity)
        columns = {
            "id": row[0] if row else None,
            "uuid": identity,
            "collection": kind.collection,
            "reference": str(shown.get(kind.reference, "")),
            "currency": currency,
            "total": minor(format(total, "f"), currency),
            "born_s": row[1] if row else now_s,
            "changed_s": now_s,
            "shown": ENCODER.encode(shown),
        }
        self.memory.insert("filed", columns)

    def get(self, kind: Collection, identity: str) -> dict[str, Any] | None:
        """The document with this id, or called so; None where there is none."""
        rows = self._shown(kind, "(uuid = ? or reference = ?)", identity, identity)
        return next(iter(rows), None)

    def found(self, kind: Collection, reference: str) -> list[dict[str, Any]]:
        """Every document that is called so."""
        return self._shown(kind, "reference = ?", reference)

    def all(self, kind: Collection, since_s: float = 0.0) -> list[dict[str, Any]]:
        """Every document of a kind that changed at that moment or later."""
        return self._shown(kind, "changed_s >= ?", since_s)

    def entries(self, kind: Collection, after: int) -> Iterator[Entry]:
        """What is kept of a kind, for whoever proves."""
        sql = "select * from filed where collection = ? and id > ? order by id"
        for row in self.memory.records(sql, (kind.collection, after)):
            yield Entry(
                key=str(row["id"]),
                reference=str(row["reference"]),
                born_s=int(number(row["born_s"])),
                changed_s=int(number(row["changed_s"])),
                measure=Measure(int(number(row["total"])), str(row["currency"])),
                facts=self.facts(DECODER.decode(blob(row["shown"]))),
            )

    def facts(self, document: Row) -> dict[str, Fact]:
        """What a checker may compare of a document: nothing, unless the vendor tells."""
        return {}

    def _shown(self, kind: Collection, where: str, *values: object) -> list[dict[str, Any]]:
        sql = f"select shown from filed where collection = ? and {where} order by id"  # noqa: S608
        rows = self.memory.rows(sql, kind.collection, *values)
        return [DECODER.decode(blob(row[0])) for row in rows]
