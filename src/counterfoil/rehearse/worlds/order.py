"""Orders in a world: what is sold, and what must then be true of every order.

P1 to P6 ask what arrived. P22 units, P23 news, P24 gates and P25 fields ask what the target holds
against what the source owes, in worlds in which orders are edited, paid, refunded and returned
after they were placed: the source's twin keeps every state of an order, the target's what it
received, and between them stand only the versions of the records that were sent.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache

import msgspec

from counterfoil.rehearse.cast.estate import UNMAPPED_SHIPPING
from counterfoil.rehearse.cast.twin import Held, Sold
from counterfoil.rehearse.traffic.trade import trade
from counterfoil.rehearse.worlds.arrival import all_here
from counterfoil.rehearse.worlds.recipe import Recipe
from counterfoil.rehearse.worlds.snapshot import Snapshot
from counterfoil.rehearse.worlds.variety import varied
from counterfoil.rehearse.worlds.verdict import Check, Verdict
from counterfoil.twins.world import Sale

_SENDING, _CONFIRMED, _IN_DOUBT = 3, 5, 7
_AT_TARGET = (4, 5, 6)  # delivered, confirmed, drifted
_UNPAID = ("AUTHORIZED", "PENDING", "VOIDED")
_MOST_LINES = 4
_BASKETS = 250
_FIRST_NUMBER = 100_001
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d{1,2} \d[A-Z]{2}\b")
_MAILBOX = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


# --- what happens ---


def sales(recipe: Recipe, reached: Counter[str]) -> list[Sale]:
    """The trade of a world; `reached` counts the kinds that a lively world's sales became."""
    rates, chance = recipe.rates_of("sale"), random.Random(f"variety|{recipe.seed}")
    sales_: list[Sale] = []
    for sale in _baskets(recipe):
        other, became = varied(sale, rates, chance) if rates else (sale, [])
        reached.update(f"sale.{name}" for name in became)
        sales_.append(other)
    return sales_


@cache
def _day() -> tuple[Sale, ...]:
    """A day's baskets, from which every world draws its own."""
    return tuple(trade(date(2026, 11, 2), orders=_BASKETS))


def _baskets(recipe: Recipe) -> list[Sale]:
    """Real baskets, cut short, since most of a long one teaches nothing."""
    chance = random.Random(f"sales|{recipe.seed}")
    apart_s = recipe.spread_s / recipe.orders * recipe.burst
    baskets: list[Sale] = []
    for index in range(recipe.orders):
        sale = chance.choice(_day())
        start = chance.randrange(len(sale.lines))
        baskets.append(
            msgspec.structs.replace(
                sale,
                number=str(_FIRST_NUMBER + index),
                at_s=index // recipe.burst * apart_s,
                lines=sale.lines[start : start + chance.randint(1, _MOST_LINES)],
            )
        )
    for index in range(recipe.unmapped):
        shipping = msgspec.structs.replace(baskets[index].shipping[0], title=UNMAPPED_SHIPPING)
        baskets[index] = msgspec.structs.replace(baskets[index], shipping=(shipping,))
    return baskets


# --- what arrived ---


def _p1_p4_nothing_lost(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """Every order of the shop is here, in its newest version, and nothing else is."""
    changed_s = {key: sold.updated_s for key, sold in snapshot.sold.items()}
    return all_here(snapshot, verdict, "order", changed_s, "exists at no shop")


def _p2_money(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """Every order stands with what it came to when it was placed, or comes to now."""
    for key, row in snapshot.newest().items():
        sold = snapshot.sold.get(key)
        sums = (sold.sale.total_minor, sold.total_minor) if sold else ()
        if sold and (row["minor"] not in sums or row["currency"] != sold.sale.currency):
            verdict.undetected += 1
            yield f"order {key} stands with {row['minor']} {row['currency']}"


def _p3_at_most_once(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """One order under each reference. Where the target neither refuses a second one nor shows the
    first in time, every extra one is shown."""
    causes, versions = snapshot.open_causes(), snapshot.versions()
    for reference, orders in snapshot.held.items():
        extra = len(orders) - 1
        if not extra:
            continue
        if _at_most_once(snapshot.recipe):
            verdict.duplicates_ab += extra * (snapshot.recipe.kind in ("A", "B"))
            yield f"order {reference} is at the target {len(orders)} times"
            continue
        causes_shown = {cause for row in versions[reference] for cause in causes.get(row["id"], ())}
        if causes_shown & {"found-twice", "no-answer"}:
            verdict.extras_shown += extra
        else:
            verdict.undetected += extra
            yield f"order {reference} is at the target {len(orders)} times, and nobody is told"


def _at_most_once(recipe: Recipe) -> bool:
    """Whether the target refuses what it has, or shows it before the house may write again."""
    return recipe.kind in ("A", "B") or (recipe.kind == "C" and not recipe.lag_beyond)


def _p5_no_phantom(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """What is called delivered is at the target; what is there is not called undelivered, save
    where a person is told that it is there twice, or that it was given up before it could show."""
    versions, causes = snapshot.versions(), snapshot.open_causes()
    told_by = {"found-twice", "gave-up"} if snapshot.recipe.lag_beyond else {"found-twice"}
    for key, rows in versions.items():
        states = {row["state"] for row in rows}
        at_target = bool(snapshot.held.get(key))
        if states & set(_AT_TARGET) and not at_target:
            verdict.losses += 1
            yield f"order {key} is called delivered and is not at the target"
        causes_shown = told_by & {cause for row in rows for cause in causes.get(row["id"], ())}
        if at_target and not states & {*_AT_TARGET, _IN_DOUBT} and not causes_shown:
            verdict.undetected += 1
            yield f"order {key} is at the target, and stands as {sorted(states)}"
    for reference in sorted(set(snapshot.held) - set(versions)):
        verdict.undetected += 1
        yield f"the target has {reference}, which was never captured"


def _p6_fields(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """What is called confirmed is there to the penny. In a lively world an order can have changed
    since, so there it is asked by version (P22 to P25)."""
    if snapshot.recipe.lively:
        return
    for key, rows in snapshot.versions().items():
        if not any(row["state"] == _CONFIRMED for row in rows) or key not in snapshot.sold:
            continue
        sale = snapshot.sold[key].sale
        for order in snapshot.held.get(key, ())[:1]:
            where = (order.gross, order.postcode, order.email)
            texts = (
                (sale.deliver_to.postcode, sale.email) if order.email is not None else (None,) * 2
            )
            if where != (sale.total_minor, *texts):
                verdict.undetected += 1
                yield f"order {key} is called confirmed and differs: {where}"


# --- what is owed ---


def _p22_units(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """No unit is at the office that the shop did not owe when it was sent."""
    for key, office, states in _written(snapshot):
        units = snapshot.units[office.id]
        if not any(_owes(state, units) for state in states):
            owed = [dict(owed_units(state)) for state in states]
            verdict.undetected += 1
            yield f"order {key} is at the office with {dict(units)}, and was owed {owed}"


def _p23_news(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """What has changed since an order was sent is held, has drifted, or is on its way."""
    causes, versions = snapshot.open_causes(), snapshot.versions()
    for key, _, states in _written(snapshot):
        now = snapshot.states[key][-1]
        if any(told_apart(state) == told_apart(now) for state in states):
            continue
        rows = versions[key]
        if not any(row["id"] in causes or row["due"] is not None for row in rows):
            verdict.undetected += 1
            changed = [
                name
                for name, value in told_apart(now).items()
                if all(told_apart(state)[name] != value for state in states)
            ]
            yield f"order {key} changed after it was sent, unseen: {changed}"


def _p24_gates(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """No test, nothing unpaid, and nothing that left over a counter was written."""
    for key, _, states in _written(snapshot):
        if all(shut(state) for state in states):
            yield f"order {key} was written: {shut(states[-1])}"


def _p25_fields(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """What is called confirmed is kept by the office as it came, in every field."""
    for key, rows in snapshot.versions().items():
        orders = snapshot.held.get(key, ())
        if len(orders) != 1 or not any(row["state"] == _CONFIRMED for row in rows):
            continue
        altered = ", ".join(snapshot.altered.get(orders[0].id, ()))
        if altered:
            verdict.undetected += 1
            yield f"order {key} is called confirmed, and the office keeps another {altered}"


def _written(snapshot: Snapshot) -> Iterator[tuple[str, Held, list[Sold]]]:
    """Every order at the office, with the states of the shop's that may have been sent."""
    sent = _sent(snapshot)
    for key, orders in snapshot.held.items():
        states = [state for state in snapshot.states.get(key, ()) if state.updated_s in sent[key]]
        for office in orders if states else ():
            yield key, office, states


def _sent(snapshot: Snapshot) -> Mapping[str, set[int]]:
    """By key, the versions (seconds since 1970) of the records that were ever sent."""
    records = {row["id"]: row for row in snapshot.tables["record"]}
    versions: dict[str, set[int]] = defaultdict(set)
    for entry in snapshot.entries():
        if _SENDING in entry["path"]:
            row = records[entry["record"]]
            versions[row["key"]].add(int(row["version"].timestamp()))
    return versions


def owed_units(state: Sold) -> Counter[str]:
    """How many of each stock code the shop owes."""
    units: Counter[str] = Counter()
    for sku, pieces in state.owed:
        units[sku] += pieces
    return units


def _owes(state: Sold, units: Mapping[str, int]) -> bool:
    """Whether the office holds no more of anything; what is no stock of the shop's is not asked."""
    owed = owed_units(state)
    return all(count <= owed[sku] for sku, count in units.items() if sku in owed)


def told_apart(state: Sold) -> dict[str, object]:
    """What of an order matters to whoever has it already."""
    sale = state.sale
    return {
        "units": tuple(pieces for _, pieces in state.owed if pieces),
        "money": state.total_minor,
        "address": sale.deliver_to,
        "note": sale.note,
        "attributes": sale.attributes,
        "cancelled": state.cancelled,
    }


def shut(state: Sold) -> str:
    """Why an order may not be written; "" where it may."""
    if state.sale.test:
        return "a test"
    if state.sale.handed_over:
        return "handed over at a till"
    return state.payment.lower() if state.payment in _UNPAID else ""


# --- who must not be named ---


class People:
    """What in a world tells of a person: mailboxes, postcodes, streets and names."""

    def __init__(self, snapshot: Snapshot) -> None:
        sales = [sold.sale for sold in snapshot.sold.values()]
        self._exact = {sale.email for sale in sales} | {sale.deliver_to.postcode for sale in sales}
        places = {sale.deliver_to.line1 for sale in sales}
        self._streets = {place.partition(" ")[2] for place in places} - {""}
        self._names = {sale.deliver_to.name.rstrip("0123456789") for sale in sales} - {""}

    def named_in(self, text: str) -> str:
        """The first that is named in `text`; "" where nobody is."""
        tokens = (*_MAILBOX.findall(text), *_POSTCODE.findall(text))
        named = [token for token in tokens if token in self._exact]
        named += [name for name in sorted(self._streets | self._names) if name in text]
        return named[0] if named else ""


ARRIVED: tuple[Check, ...] = (
    _p1_p4_nothing_lost,
    _p2_money,
    _p3_at_most_once,
    _p5_no_phantom,
    _p6_fields,
)
OWED: tuple[Check, ...] = (_p22_units, _p23_news, _p24_gates, _p25_fields)
