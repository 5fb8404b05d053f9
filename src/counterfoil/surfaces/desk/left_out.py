"""Left out: what a rule or a person left out of a route, in counts and money, and why."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from counterfoil.store import left_out as store
from counterfoil.store.left_out import LeftOutRow, RuleCount
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.envelope import Page
from counterfoil.surfaces.desk.figures import instant_of, sums
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.surfaces.desk.routes import check_route
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Misconfigured
from counterfoil.values.money import Money
from counterfoil.values.nearest import near


class LeftOutAsked(msgspec.Struct, frozen=True):
    """Of which route, by which rule (None: by any), at most `limit` from `start` on."""

    route: str
    rule: str | None = None
    limit: int = 50
    start: int = 0


class Rule(msgspec.Struct, frozen=True):
    """How many documents one rule left out, and their money by currency."""

    rule: str
    count: int
    money: tuple[Money, ...]


class LeftOutRecord(msgspec.Struct, frozen=True):
    """One document that was left out: by which rule, why, when, and by whom."""

    record: int
    number: str
    key: str
    money: Money | None
    created: Instant | None
    rule: str
    why: str
    at: Instant | None
    by: str


class LeftOut(msgspec.Struct, frozen=True):
    """What was left out of a route, by rule, and document by document."""

    route: str
    rules: tuple[Rule, ...]
    records: tuple[LeftOutRecord, ...]

    @property
    def total(self) -> int:
        """How many were left out, whether they are listed or not."""
        return sum(rule.count for rule in self.rules)

    def page(self, start: int) -> Page:
        """Where the list goes on that began at `start`."""
        return Page.after(start, len(self.records), self.total)


@asks("route left-out", money="shown")
async def left_out(desk: Desk, asked: LeftOutAsked) -> LeftOut:
    """List what was left out of a route, by which rule, and why.

    Raises `Misconfigured` where there is no such route, or the rule left nothing out of it.
    """
    name, rule = asked.route, asked.rule
    await check_route(desk.database, name)
    rules = _rules(await store.counts(desk.database, name))
    if rule is not None and rule not in rules:
        raise Misconfigured(
            f"No rule {rule[:60]!r} left anything out of {name}.",
            do=near(rule, rules),
            where="--rule",
        )
    rows = await store.rows(desk.database, name, rule, asked.limit, asked.start)
    chosen = tuple(counts for counts in rules.values() if rule in (None, counts.rule))
    return LeftOut(name, chosen, tuple(_record(row) for row in rows))


def _rules(rows: Sequence[RuleCount]) -> dict[str, Rule]:
    """The rules by name, whichever leaves out the most first; a row has one currency."""
    counts: dict[str, int] = {}
    money: dict[str, list[Money]] = {}
    for row in rows:
        counts[row.rule] = counts.get(row.rule, 0) + row.documents
        if row.currency:
            money.setdefault(row.rule, []).append(Money(row.minor, row.currency))
    return {
        rule: Rule(rule, count, tuple(sums(money.get(rule, ()))))
        for rule, count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    }


def _record(row: LeftOutRow) -> LeftOutRecord:
    money = Money(row.minor, row.currency) if row.currency else None
    created, moment = instant_of(row.created), instant_of(row.at)
    return LeftOutRecord(
        row.id, row.number, row.key, money, created, row.rule, row.why, moment,
        row.by,
    )  # fmt: skip
