"""A shop and an office in memory: the smallest source and target that keep the kit's promises."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from counterfoil.kit.connector import CensusPage, Intent, Listed, Listing, Reading, Seen, Written
from counterfoil.kit.mark import moment, newest
from counterfoil.model.line import Line
from counterfoil.model.order import Order
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import CounterfoilError, Refuse


def order(number: int, *, version: int = 0, pence: int = 1250, **more: object) -> Order:
    """Order `number`; a later `version` has a later moment of change."""
    moment = f"2026-11-02T09:{number // 60 % 60:02d}:{number % 60:02d}Z"
    changed = f"2026-11-02T{10 + version:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z"
    fields: dict[str, object] = {
        "key": str(6_000_000 + number),
        "number": f"#{number}",
        "placed": moment,
        "created": moment,
        "updated": changed,
        "currency": "GBP",
        "tax_included": True,
        "lines": (Line("1", "TEE", "Tee", 1, pence, tax_minor=pence // 6, tax_rate="0.2"),),
        "total_minor": pence,
        "tax_minor": pence // 6,
        "paid": "paid",
    }
    return Order(**{**fields, **more})  # type: ignore[arg-type]


def reading(one: Order) -> Reading[Order]:
    return Reading(
        one.key, one.number, one.version, one.total_minor, one.currency, one,
        test=one.test, cancelled=one.cancelled, source=msgspec.json.encode(one),
    )  # fmt: skip


@dataclass
class Shop:
    """Orders by key; what it lists is what it holds."""

    orders: dict[str, Order] = field(default_factory=dict)

    def put(self, *orders: Order) -> None:
        self.orders |= {one.key: one for one in orders}

    def parse(self, body: bytes, at: Instant) -> Reading[Order]:
        try:
            return reading(msgspec.json.decode(body, type=Order))
        except msgspec.MsgspecError as error:
            raise Refuse(f"The body is not an order: {error}.", code="bad-json") from None

    def reread(self, source: bytes, at: Instant) -> Reading[Order]:
        return self.parse(source, at)

    def read_any(self, body: bytes, at: Instant) -> Reading[Order]:
        return self.parse(body, at)

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Order]]:
        return [reading(self.orders[key]) for key in keys if key in self.orders]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Order]:
        start = moment(mark)
        due = sorted(
            (one for one in self.orders.values() if start is None or one.version >= start),
            key=lambda one: (one.version, one.key),
        )
        at = int(cursor or 0)
        more = str(at + 100) if at + 100 < len(due) else None
        readings = tuple(reading(one) for one in due[at : at + 100])
        return Listing(readings, more, newest(readings))

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        listed = tuple(
            Listed(o.key, o.number, o.version, instant(o.created), o.total_minor, o.currency)
            for o in self.orders.values()
            if start <= instant(o.created) < end
        )
        return CensusPage(listed, None, len(listed))


@dataclass
class Office:
    """What was written, by reference; `answers` are played before it behaves well again."""

    held: dict[str, list[tuple[str, Mapping[str, object]]]] = field(default_factory=dict)
    answers: list[CounterfoilError | str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    batch: int = 1

    def compose(self, document: Order) -> Intent:
        if document.note == "unmapped":
            raise self._hold()
        fields = {
            "reference": document.key,
            "total": document.total_minor,
            "sku": document.lines[0].sku,
        }
        return Intent(document.key, msgspec.json.encode(fields), fields)

    def _hold(self) -> CounterfoilError:
        from counterfoil.values.errors import Hold

        return Hold(
            "'Drone' is not in the value map 'delivery'.", do="Add it.", code="unmapped-value"
        )

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        return [self._write(intent) for intent in intents]

    def _write(self, intent: Intent) -> Written | CounterfoilError:
        self.calls.append(intent.reference)
        answer = self.answers.pop(0) if self.answers else ""
        if isinstance(answer, CounterfoilError) and not getattr(answer, "landed", False):
            return answer
        name = f"OR{len(self.calls)}"
        self.held.setdefault(intent.reference, []).append((name, dict(intent.expect)))
        return answer if isinstance(answer, CounterfoilError) else Written(name, name)

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        return {
            reference: [Seen(name, name, fields) for name, fields in self.held[reference]]  # type: ignore[arg-type]
            for reference in references
            if reference in self.held
        }
