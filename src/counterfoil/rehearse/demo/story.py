"""The story of a rehearsal, in plain words and money."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from counterfoil.model.words import TITLES
from counterfoil.model.words import title as title_of
from counterfoil.rehearse.cast import estates
from counterfoil.rehearse.cast.estates import Estate
from counterfoil.rehearse.demo.books import Played, Untold, Waiting
from counterfoil.rehearse.demo.money import Cleared, Ledger
from counterfoil.rehearse.demo.outcome import Outcome, Target
from counterfoil.rehearse.traffic.shape import SHAPE
from counterfoil.values.money import Money

_WORDS = {
    "confirmed": "arrived and were read back, every field that was compared as it was sent",
    "delivered": "arrived and were not read back",
    "merged": "arrived; what was changed at the shop later is nothing to act on",
    "held": "are held for a person",
    "in_doubt": "are in doubt: sent, and not answered",
    "drifted": "arrived, and a field was found to differ",
    "waiting": "wait for a newer version, such as the paid one, or for another document",
    "refused": "were refused",
    "excluded": "were left out by a rule",
    "superseded": "were overtaken by a newer version",
    "in_flight": "are still on their way",
}


def story(told: Outcome) -> Iterator[str]:
    """The story, line by line."""
    played = estates.named(told.estate)
    target = played.titles[played.target]
    yield from _traffic(told)
    yield ""
    if told.routes:
        for name, route in told.routes.items():
            yield from _route(name, route, played.titles)
            yield ""
        yield _itself(told.target, target)
        yield from _books(told, played.titles)
        yield from _nought(told.checks)
        yield from _untold(told.untold)
    else:
        yield from _arrived("the shop", told.balance, TITLES["order"].many)
        yield _itself(told.target, target)
        yield ""
        yield from _waiting(told.holds)
    targets = {route.target for route in told.routes.values()}
    yield from _not_there(told, target if len(targets) < 2 else "the system that it was sent to")
    yield from _recovered(told, played)
    yield ""
    yield "The balance" if not told.routes else "All routes together"
    yield from _balance(told.balance, told.money)
    yield from _effort(told, target)
    if told.samples:
        words = {route.document for route in told.routes.values()} or {"order"}
        many = title_of(*words).many
        yield ""
        yield f"Some {many}, as the journal tells them"
        for sample in told.samples:
            yield ""
            yield from (f"  {line}" for line in sample.splitlines())


def _route(name: str, route: Played, titles: Mapping[str, str]) -> Iterator[str]:
    """One route of an estate, and whether it balances by what the systems themselves hold."""
    source, target = (f"{titles[end]} ({end})" for end in (route.source, route.target))
    many = title_of(route.document).many
    yield f"{name}: {many} from {source} to {target}"
    yield from (f"  {line}" for line in _arrived(route.source, route.balance, many))
    yield from (f"  {line}" for line in _waiting(route.holds))
    for currency, money in route.money.items():
        amounts = (
            money.source_minor,
            money.target_minor,
            money.not_there_minor,
            money.told_minor,
            money.difference_minor,
        )
        yield f"  {_weighed(route, [str(Money(minor, currency)) for minor in amounts])}"
    goods = route.pieces
    counts = (goods.source, goods.target, goods.not_there, goods.told, goods.difference)
    if any(counts):
        yield f"  {_weighed(route, [_count(count, 'piece') for count in counts])}"
    if route.strays:
        yield f"  {route.strays:,} {many} at {route.target} that {route.source} never had"
    verdict = "Balanced" if route.balanced else "It does not balance"
    exactly = " to the penny" if route.money else " to the piece" if any(counts) else ""
    yield f"  {verdict}{exactly}; unaccounted: {route.balance['unaccounted']}."


def _nought(checks: Mapping[str, int]) -> Iterator[str]:
    """What the systems' own counts say of what must never be."""
    wrong = {name: count for name, count in checks.items() if count}
    if not wrong:
        yield f"Of {len(checks)} counts that must be nought, each is, by the systems' own books."
        return
    yield "What must be nought and is not, by the systems' own books"
    yield from (f"  {count:>7,} {name}" for name, count in wrong.items())


def _books(told: Outcome, titles: Mapping[str, str]) -> Iterator[str]:
    """The totals of who keeps books, and what stands on the account that payouts are cleared
    over."""
    for name, totals in told.ledgers.items():
        yield f"The books of {titles[name]}, by the systems' own books"
        for currency, total in totals.items():
            sales, invoices, holes, rest = _amounts(total, currency)
            yield (
                f"  {sales} sold, less what was paid back = {invoices} booked, {holes} known not to"
                f" be there; unexplained: {rest}"
            )
        for currency, stood in told.clearing[name].items():
            whole, unpaid, holes, rest = _amounts(stood, currency)
            yield (
                f"  {whole} on the clearing account = {unpaid} not paid out yet, {holes} known to"
                f" differ; unexplained: {rest}"
            )


def _amounts(sums: Ledger | Cleared, currency: str) -> Iterator[str]:
    """The four amounts of a sum, in its own order, as people read them."""
    return (str(Money(minor, currency)) for minor in msgspec.structs.astuple(sums))


def _untold(untold: Sequence[Untold]) -> Iterator[str]:
    """What happened and was not told, by who is asked and why."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for row in untold:
        groups.setdefault((row.route, row.owner, row.cause), []).append(row.age_s)
    if groups:
        yield ""
        yield "What has left or was paid, and was not told yet, and who knows of it"
    for (route, owner, cause), ages in groups.items():
        yield (
            f"  {len(ages):>7,} of {route}: {owner} is asked ({cause}); the oldest for"
            f" {max(ages):,} seconds"
        )


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


def _weighed(route: Played, amounts: Sequence[str]) -> str:
    """Both systems' own books of one measure, in a line."""
    source, target, not_there, differing, difference = amounts
    return (
        f"{source} at {route.source} = {target} at {route.target}, {not_there} not there,"
        f" {differing} known to differ; unexplained: {difference}"
    )


def _arrived(source: str, balance: Mapping[str, int], many: str) -> Iterator[str]:
    yield f"What {source} lists: {balance['listed']:,} {many}. Of these"
    for word, text in _WORDS.items():
        if balance.get(word):
            yield f"  {balance[word]:>7,} {text}"


def _itself(there: Target, title: str) -> str:
    extra = "none twice" if not there.duplicates else f"{there.duplicates} of them twice"
    lost = "none missing" if not there.missing else f"{there.missing} missing"
    return f"{title} itself counts {_count(there.orders, 'order')}: {extra}, {lost}."


def _not_there(told: Outcome, target: str) -> Iterator[str]:
    """What did not come along, was not compared, or was left out: by name and count."""
    for what, counts in (
        (f"What had no place at {target}", told.losses),
        ("What was sent and cannot be read back", told.not_compared),
        ("What was left out", told.left_out),
    ):
        if counts:
            yield ""
            yield what
            yield from (f"  {count:>7,} {name}" for name, count in counts.items())


def _waiting(holds: Sequence[Waiting]) -> Iterator[str]:
    if not holds:
        yield "Nothing waits for a person."
        return
    yield "What waits for a person, and the money that it blocks"
    for hold in holds:
        money = Money(hold.minor, hold.currency) if hold.currency else ""
        yield f"  {hold.count:>7,} {hold.cause:<22} {money} ({hold.state.replace('_', ' ')})"


def _recovered(told: Outcome, played: Estate) -> Iterator[str]:
    if not told.faults:
        return
    yield ""
    yield "What went wrong on the way, and how often"
    if not told.routes:
        yield from _met(told, told.faults)
        return
    for system, title in played.systems.items():
        yield f"  At {title}"
        yield from _met(told, [name for name in told.faults if name.startswith(f"{system}.")])


def _met(told: Outcome, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield f"  {told.faults[name]:>7,} {told.fault_texts.get(name, name)}"


def _balance(
    balance: Mapping[str, int], by_currency: Mapping[str, Mapping[str, int]]
) -> Iterator[str]:
    parts = " + ".join(
        f"{balance[word]:,} {word.replace('_', ' ')}" for word in _WORDS if balance.get(word)
    )
    yield f"  {balance['listed']:,} listed = {parts or '0'}"
    for currency, amounts in by_currency.items():
        listed, ours = (
            Money(amounts[key], currency) for key in ("listed_minor", "accounted_minor")
        )
        difference = Money(amounts["difference_minor"], currency)
        yield f"  {listed} listed = {ours} accounted for; difference {difference}"
    yield f"  unaccounted: {balance['unaccounted']}"
    if not balance["listed"]:
        yield "  Nothing was listed, so this balance proves nothing."


def _effort(told: Outcome, target: str) -> Iterator[str]:
    yield (
        f"  {told.seconds:g} seconds; at most {told.peak_mib} MiB in one process of the house; "
        f"{target} was called at most {told.target.peak_calls_per_s} times in one second "
        f"and was over its limit {told.target.over_limit} times"
    )


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
