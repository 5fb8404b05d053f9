"""`route left-out`: what a rule or a person left out of a route, in counts and money, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from counterfoil.model.words import Title, title
from counterfoil.surfaces.cli.envelope import Page
from counterfoil.surfaces.cli.flags import Limit
from counterfoil.surfaces.cli.opening import known_route, record, store
from counterfoil.surfaces.cli.person import amount, counted, iso, sums
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.values.errors import Misconfigured
from counterfoil.values.money import Money
from counterfoil.values.nearest import near

if TYPE_CHECKING:
    from counterfoil.store.left_out import LeftOutRow, RuleCount


class Rule(msgspec.Struct, frozen=True):
    """How many documents one rule left out, and their money by currency."""

    rule: str
    count: int
    money: tuple[Money, ...]


class One(msgspec.Struct, frozen=True):
    """One document that was left out: by which rule, why, when, and by whom."""

    record: int
    number: str
    key: str
    money: Money | None
    created: str | None
    rule: str
    why: str
    at: str | None
    by: str


class LeftOut(msgspec.Struct, frozen=True):
    """What was left out of a route, by rule, and document by document."""

    route: str
    rules: tuple[Rule, ...]
    records: tuple[One, ...]


async def left_out(
    name: str,
    /,
    *,
    rule: str | None = None,
    limit: Limit = 50,
    cursor: str = "0",
    say: Spoken,
) -> None:
    """List what was left out of a route, by which rule, and why; with --jsonl a document a line.

    Args:
        name: The route.
        rule: Only what this rule left out.
        limit: At most so many.
        cursor: Where to go on, as the list before said.
    """
    from counterfoil.store import left_out as store_of

    start = int(record(cursor))
    async with store(say) as (config, database):
        await known_route(database, name)
        every = _rules(await store_of.counts(database, name))
        if rule is not None and rule not in every:
            raise Misconfigured(
                f"No rule {rule[:60]!r} left anything out of {name}.",
                do=near(rule, every),
                where="--rule",
            )
        rows = await store_of.rows(database, name, rule, limit, start)
    rules = tuple(one for one in every.values() if rule in (None, one.rule))
    found = LeftOut(name, rules, tuple(_one(row) for row in rows))
    total = sum(one.count for one in rules)
    after = start + len(rows)
    page = Page(str(after) if after < total else None, total)
    data = found.records if say.flags.jsonl else found
    called = title(*(plan.document for plan in filter(None, [config.routes.get(name)])))
    say.answer("route-left-out", data, lambda: _show(say, found, total, called), page=page)
    if page.next and not say.flags.json:
        say.note(f"There are more: --cursor {page.next}.")


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
        for rule, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    }


def _one(row: LeftOutRow) -> One:
    money = Money(row.minor, row.currency) if row.currency else None
    created, at = iso(row.created), iso(row.at)
    return One(row.id, row.number, row.key, money, created, row.rule, row.why, at, row.by)


def _show(say: Say, found: LeftOut, total: int, called: Title) -> None:
    if not total:
        say.line(f"Nothing was left out of {found.route}.")
        return
    money = [one for rule in found.rules for one in rule.money]
    say.heading(
        f"{counted(total, called.one, called.many)} left out of {found.route}, {amount(money)}."
    )
    rules = [(f"{one.count:,}", amount(one.money), one.rule) for one in found.rules]
    say.table((called.many, "money", "rule"), rules, right=(0, 1))
    lines = [
        (one.number or one.key, str(one.record), str(one.money or ""), (one.created or "")[:10],
         (one.at or "")[:10], one.by, one.why or one.rule)
        for one in found.records
    ]  # fmt: skip
    heads = (called.one, "record", "money", "created", "left out", "by", "why")
    say.table(heads, lines, right=(2,))
