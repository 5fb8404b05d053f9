"""What a rehearsal came to: the source's count, the journal's, and the target's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import aiohttp
import msgspec

from counterfoil.app import House
from counterfoil.flows.census import Window, census, first_created
from counterfoil.flows.intent import reference
from counterfoil.flows.route import Route
from counterfoil.ledger.account import State
from counterfoil.ledger.balance import PIECES, Balance
from counterfoil.rehearse.cast import estate
from counterfoil.rehearse.demo.books import Played, Untold, Waiting
from counterfoil.rehearse.demo.money import Cleared, Ledger
from counterfoil.rehearse.traffic.repaid import Repaid
from counterfoil.rehearse.traffic.sales import Traffic
from counterfoil.store import left_out, losses, standings
from counterfoil.values.clock import later

_LANDED = frozenset({State.DELIVERED, State.CONFIRMED, State.DRIFTED, State.MERGED})
_PAGE = 5000


class Target(msgspec.Struct, frozen=True):
    """What the target's twin itself counted. `missing` are orders that the house says landed and
    the twin does not have; `unlisted` are on the twin and not at the shop."""

    orders: int
    duplicates: int
    missing: int
    unlisted: int
    gross_minor: int
    over_limit: int
    peak_calls_per_s: int


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that a rehearsal tells, as its `--json` answers it. Money is in minor units;
    `seconds` is from the first sale to the last record at rest; `peak_mib` is the most memory
    that one process of the house held. `not_compared` counts by field the documents of which it
    was sent and not read back, `losses` those of which it had no place, `left_out` by rule those
    that were left out; `refunds` are the cancellations of a sales history and the sales that they
    undo. Where an `estate` was played, everything is over all of its `routes`, and each of them
    is told by its name too; `checks` are the twins' own counts that must be nought, and `untold`
    what left, was not told, and somebody knows of.
    """

    traffic: Traffic
    balance: dict[str, int]
    money: dict[str, dict[str, int]]
    target: Target
    faults: dict[str, int]
    fault_texts: dict[str, str]
    guards: dict[str, int]
    holds: list[Waiting]
    samples: list[str]
    placed: int
    webhooks: dict[str, int]
    seconds: float
    peak_mib: int
    folder: str
    not_compared: dict[str, int]
    losses: dict[str, int]
    left_out: dict[str, int]
    refunds: Repaid = Repaid()
    estate: str = ""
    routes: dict[str, Played] = {}
    checks: dict[str, int] = {}
    untold: list[Untold] = []
    ledgers: Mapping[str, Mapping[str, Ledger]] = {}
    clearing: Mapping[str, Mapping[str, Cleared]] = {}

    @property
    def sound(self) -> bool:
        """Whether nothing is missing, twice, or unaccounted, and each route of an estate balances
        by the twins' own books."""
        if any(self.checks.values()) or not all(route.balanced for route in self.routes.values()):
            return False
        money = all(amounts["difference_minor"] == 0 for amounts in self.money.values())
        lost = self.target.duplicates + self.target.missing + self.balance["unaccounted"]
        return lost == 0 and money and self.balance["in_flight"] == 0


async def told(house: House) -> dict[str, dict[str, int]]:
    """What was not compared and what was lost, by field; and what was left out, by rule."""
    database = house.engine.database
    unseen, lost, stopped = Counter[str](), Counter[str](), Counter[str]()
    for route in house.engine.routes.values():
        for field in await losses.not_compared(database, route.name):
            unseen[field.field] += field.documents
        for loss in await losses.lost(database, route.name):
            lost[loss.field] += loss.documents
        for rule in await left_out.counts(database, route.name):
            stopped[rule.rule] += rule.documents
    return {"not_compared": dict(unseen), "losses": dict(lost), "left_out": dict(stopped)}


async def recount(house: House, route: Route) -> Balance:
    """Ask the source for everything since the first record, and compare."""
    engine = house.engine
    now = engine.clock.now()
    first = await first_created(engine, route) or now
    return await census(engine, route, Window(later(first, -3600), later(now, 60)), keep=False)


def words(found: Balance) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """The balance as the counts and the money that are told."""
    accounts = {state.word: found.accounts.get(state.word, 0) for state in State}
    for word in ("captured", "mapped", "sending"):
        del accounts[word]
    counts = {
        "listed": found.listed or 0,
        **accounts,
        "in_flight": found.in_flight,
        "unaccounted": found.unaccounted,
    }
    money = {
        currency: {
            "listed_minor": amounts.listed_minor,
            "accounted_minor": amounts.accounted_minor,
            "difference_minor": amounts.difference_minor,
        }
        for currency, amounts in found.money.items()
        if currency != PIECES
    }
    return counts, money


def added(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Counts of several routes or systems, added up by name."""
    sums: dict[str, int] = {}
    for part in parts:
        for name, count in part.items():
            sums[name] = sums.get(name, 0) + count
    return sums


async def states(house: House, route: Route) -> dict[str, State]:
    """Where the journal has each document of a route, by the source's key."""
    by_key: dict[str, State] = {}
    after = 0
    while rows := await standings.keys(house.engine.database, route.id, after, _PAGE):
        after = rows[-1].subject
        by_key |= {row.key: State(row.state) for row in rows}
    return by_key


async def target(house: House, connection: str, port: int, report: Mapping[str, Any]) -> Target:
    """Compare what orders the twin of this connection holds, which listens at this port, with what
    the house says has landed there."""
    references = set(await estate.references(port))
    state_of: dict[str, State] = {}
    for route in house.engine.routes.values():
        if (route.plan.document, route.plan.target) != ("order", connection):
            continue
        for key, state in (await states(house, route)).items():
            state_of[reference(route.plan, key)] = state
    landed = {name for name, state in state_of.items() if state in _LANDED}
    return Target(
        orders=report["orders"],
        duplicates=report["duplicates"],
        missing=len(landed - references),
        unlisted=len(references - state_of.keys()),
        gross_minor=sum(report["totals_minor"].values()),
        over_limit=report["over_limit"] + report["over_slots"],
        peak_calls_per_s=report["peak_calls_per_s"],
    )


async def report(port: int) -> dict[str, Any]:
    """A twin's own count."""
    return await _get(port, "/_twin/report")


async def _get(port: int, path: str) -> Any:
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return msgspec.json.decode(await answer.read())
