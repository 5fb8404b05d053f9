"""The story of a rehearsal, in plain words and money."""

from __future__ import annotations

from collections.abc import Iterator

from counterfoil.rehearse.cast.estate import TARGET, TITLES
from counterfoil.rehearse.demo.outcome import Outcome
from counterfoil.rehearse.traffic.shape import SHAPE
from counterfoil.values.money import Money

_LANDED = ("confirmed", "delivered", "drifted", "merged")
_WORDS = {
    "confirmed": "arrived and were read back, every field that was compared as it was sent",
    "delivered": "arrived and were not read back",
    "merged": "arrived; what was changed at the shop later is nothing to act on",
    "held": "are held for a person",
    "in_doubt": "are in doubt: sent, and not answered",
    "drifted": "arrived, and a field was found to differ",
    "waiting": "wait for a newer version of themselves, such as the paid one",
    "refused": "were refused",
    "excluded": "were left out by a rule",
    "superseded": "were overtaken by a newer version",
    "in_flight": "are still on their way",
}


def story(told: Outcome) -> Iterator[str]:
    """The story, line by line."""
    yield from _traffic(told)
    yield ""
    yield from _arrived(told)
    yield ""
    yield from _waiting(told)
    yield from _not_there(told)
    yield from _recovered(told)
    yield from _balance(told)
    if told.samples:
        yield ""
        yield "Some orders, as the journal tells them"
        for sample in told.samples:
            yield ""
            yield from (f"  {line}" for line in sample.splitlines())


def _traffic(told: Outcome) -> Iterator[str]:
    traffic = told.traffic
    gross = Money(traffic.gross_minor, traffic.currency)
    yield (
        f"What was sold: {_count(traffic.orders, 'order')}, "
        f"{_count(traffic.lines, 'line')}, {gross}"
    )
    yield f"  Source: {traffic.source}"
    if traffic.sale_invoices != traffic.orders:
        yield (
            f"  {traffic.sale_invoices:,} sale invoices in the period, of which "
            f"{traffic.invoices_without_lines:,} have no line left and are no orders"
            + (f"; {traffic.orders_not_drawn:,} were not drawn" if traffic.orders_not_drawn else "")
        )
    if traffic.discounts_minor:
        yield f"  less {Money(traffic.discounts_minor, traffic.currency)} of discounts"
    for reason, count in traffic.lines_left_out.items():
        yield f"  {_count(count, 'line')} left out: {reason.replace('_', ' ')}"
    if traffic.source.startswith("generated"):
        yield from (f"  {line}" for line in SHAPE.told)


def _arrived(told: Outcome) -> Iterator[str]:
    listed = told.balance["listed"]
    yield f"What the shop lists: {_count(listed, 'order')}. Of these"
    for word, text in _WORDS.items():
        if told.balance.get(word):
            yield f"  {told.balance[word]:>7,} {text}"
    there = told.target
    extra = "none twice" if not there.duplicates else f"{there.duplicates} of them twice"
    lost = "none missing" if not there.missing else f"{there.missing} missing"
    yield f"{TITLES[TARGET]} itself counts {_count(there.orders, 'order')}: {extra}, {lost}."


def _not_there(told: Outcome) -> Iterator[str]:
    """What did not come along, was not compared, or was left out: by name and count."""
    for what, counts in (
        (f"What had no place at {TITLES[TARGET]}", told.losses),
        ("What was sent and cannot be read back", told.not_compared),
        ("What was left out", told.left_out),
    ):
        if counts:
            yield ""
            yield what
            yield from (f"  {count:>7,} {name}" for name, count in counts.items())


def _waiting(told: Outcome) -> Iterator[str]:
    if not told.holds:
        yield "Nothing waits for a person."
        return
    yield "What waits for a person, and the money that it blocks"
    for one in told.holds:
        money = Money(one["minor"], one["currency"]) if one["currency"] else ""
        yield f"  {one['count']:>7,} {one['cause']:<22} {money} ({one['state'].replace('_', ' ')})"


def _recovered(told: Outcome) -> Iterator[str]:
    if not told.faults:
        return
    yield ""
    yield "What went wrong on the way, and how often"
    for name, count in told.faults.items():
        yield f"  {count:>7,} {told.fault_texts.get(name, name)}"


def _balance(told: Outcome) -> Iterator[str]:
    yield ""
    yield "The balance"
    parts = " + ".join(
        f"{told.balance[word]:,} {word.replace('_', ' ')}"
        for word in _WORDS
        if told.balance.get(word)
    )
    yield f"  {told.balance['listed']:,} listed = {parts or '0'}"
    for currency, one in told.money.items():
        listed, ours = (Money(one[key], currency) for key in ("listed_minor", "accounted_minor"))
        difference = Money(one["difference_minor"], currency)
        yield f"  {listed} listed = {ours} accounted for; difference {difference}"
    yield f"  unaccounted: {told.balance['unaccounted']}"
    if not told.balance["listed"]:
        yield "  Nothing was listed, so this balance proves nothing."
    yield (
        f"  {told.seconds:g} seconds; at most {told.peak_mib} MiB in one process of the house; "
        f"{TITLES[TARGET]} was called at most {told.target.peak_calls_per_s} times in one second "
        f"and was over its limit {told.target.over_limit} times"
    )


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
