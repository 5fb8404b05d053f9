"""Refunds for the tests of the flows: a shop that pays back, and a ledger that is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from flow_stage import Stage
from parcels import Counter, Parcels

from counterfoil.flows.route import Plan, Route
from counterfoil.kit.api.reading import reading_of
from counterfoil.kit.connector import (
    ALONE,
    CensusPage,
    Inputs,
    Intent,
    Listed,
    Listing,
    Reading,
)
from counterfoil.kit.manifest import Carries
from counterfoil.kit.mark import newest
from counterfoil.model.refund import Credit, Refund, Repayment
from counterfoil.values.clock import Instant


def refund(number: int = 1, *, of: int = 1, pence: int = 1250, **more: object) -> Refund:
    """Refund `number` of the order `of`, whose money went back after that order was sent."""
    moment = f"2026-11-02T11:00:{number:02d}Z"
    stated = Refund(
        key=str(907_000 + number),
        number=f"#{of}-R{number}",
        order=str(6_000_000 + of),
        order_number=f"#{of}",
        created=moment,
        updated=moment,
        currency="GBP",
        tax_included=True,
        total_minor=pence,
        tax_minor=pence // 6,
        lines=(Credit("1", "TEE", 1, pence, pence // 6),),
        repayments=(Repayment("31", "card", pence, "succeeded", at=moment),),
    )
    return msgspec.structs.replace(stated, **more)


def paid(state: str, pence: int = 1250, at: str = "2026-11-02T11:00:01Z") -> Repayment:
    return Repayment("31", "card", pence, state, at=at)  # type: ignore[arg-type]


def _reading(one: Refund) -> Reading[Refund]:
    return reading_of(one, msgspec.json.encode(one))


@dataclass
class Till:
    """Where refunds come from: what it lists is what it holds."""

    refunds: dict[str, Refund] = field(default_factory=dict)

    def put(self, *refunds: Refund) -> None:
        self.refunds |= {one.key: one for one in refunds}

    def parse(self, body: bytes, at: Instant) -> Reading[Refund]:
        return _reading(msgspec.json.decode(body, type=Refund))

    def reread(self, source: bytes, at: Instant) -> Reading[Refund]:
        return self.parse(source, at)

    def read_any(self, body: bytes, at: Instant) -> Reading[Refund]:
        return self.parse(body, at)

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Refund]]:
        return [_reading(self.refunds[key]) for key in keys if key in self.refunds]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Refund]:
        readings = tuple(_reading(one) for one in self.refunds.values())
        return Listing(readings, None, newest(readings))

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        every = [one for one in self.refunds.values() if start <= one.born < end]
        return CensusPage(
            tuple(
                Listed(one.key, one.number, one.version, one.born, one.total_minor, "GBP")
                for one in every
            ),
            None,
            len(every),
        )


class Ledger(Counter):
    """Who is told of refunds: of which order, and how much."""

    def compose(self, document: Refund, inputs: Inputs = ALONE) -> Intent:  # type: ignore[override]
        of = inputs.name(document.refs[0])
        fields = {"of": of, "total": document.total_minor}
        return Intent(document.key, msgspec.json.encode(fields), fields)


async def credited(stage: Stage) -> Parcels:
    """A route of refunds from the shop to the office, beside the stage's own."""
    plan = Plan("refund", "shop", "office", "finance", switch="on", settle_s=30.0)
    await stage.database.run("name_route", "refunds", "on", stage.clock.now().to_stdlib())
    carries = Carries(("write", "read"), "a test", in_doubt="C", batch=1, reads=250)
    till, ledger = Till(), Ledger()
    route = Route(2, "refunds", plan, till, ledger, carries, 1, 2)
    credits = Parcels(stage, route, till, ledger)  # type: ignore[arg-type]
    credits.put(route)
    return credits
