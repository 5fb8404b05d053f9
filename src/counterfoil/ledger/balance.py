"""The balance: what the source lists on one side, where every one of them stands on the other.

    listed = confirmed + delivered + held + in_doubt + drifted + waiting + refused
           + excluded + merged + superseded + in flight

in counts, in minor units per currency, and in pieces where those are counted. The left side is
asked of the source itself. Each document counts once, by its newest version. Zero listed and zero
accounted is no proof, and is said so.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from counterfoil.ledger.account import IN_FLIGHT, State
from counterfoil.model.document import Measure

PIECES = "pieces"
"""The unit of what is counted in pieces, beside the currencies."""


class Standing(msgspec.Struct, frozen=True):
    """How many documents stand on one account, their money in minor units of `currency`, and their
    pieces."""

    state: State
    currency: str
    count: int
    minor: int
    pieces: int = 0

    def __add__(self, other: Standing) -> Standing:
        return Standing(
            self.state,
            self.currency,
            self.count + other.count,
            self.minor + other.minor,
            self.pieces + other.pieces,
        )

    def __neg__(self) -> Standing:
        return Standing(self.state, self.currency, -self.count, -self.minor, -self.pieces)

    @property
    def measure(self) -> Measure:
        """What is at stake in them together."""
        return Measure(self.minor, self.currency, self.pieces)


class Sum(msgspec.Struct, frozen=True):
    """One currency's side by side, in minor units; or both sides' pieces."""

    listed_minor: int
    accounted_minor: int

    @property
    def difference_minor(self) -> int:
        """Listed less accounted; zero when it balances."""
        return self.listed_minor - self.accounted_minor


class Balance(msgspec.Struct, frozen=True):
    """One route's balance over one window.

    `accounts` counts documents by state word; `missing` are keys that the source lists and the
    journal does not know, `phantom` the reverse; `ended` stand on neither side: they are gone from
    the source, and left out here or cancelled at the target. `money` is per currency, and under
    "pieces" what is counted in pieces. `listed` is None as long as the source has not been asked.
    """

    listed: int | None
    accounts: dict[str, int]
    money: dict[str, Sum]
    missing: tuple[str, ...] = ()
    phantom: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()

    @property
    def gone(self) -> frozenset[str]:
        """What the source does not list any more, told or not."""
        return frozenset((*self.phantom, *self.ended))

    @property
    def accounted(self) -> int:
        """Documents that stand somewhere."""
        return sum(self.accounts.values())

    @property
    def in_flight(self) -> int:
        """Documents still on their way."""
        return sum(self.accounts.get(state.word, 0) for state in IN_FLIGHT)

    @property
    def unaccounted(self) -> int:
        """Documents on one side only."""
        return len(self.missing) + len(self.phantom)

    @property
    def balances(self) -> bool:
        """Whether both sides were asked and agree, in counts and in every currency."""
        return (
            self.listed is not None
            and self.unaccounted == 0
            and self.listed == self.accounted
            and all(sum_.difference_minor == 0 for sum_ in self.money.values())
        )


def at_stake(measures: Iterable[Measure]) -> dict[str, int]:
    """What is at stake by unit, minor units of each currency and `PIECES`: none adds to another.

    A document without money is in no currency, and one that is not counted in pieces in none.
    """
    sums: dict[str, int] = {}
    for measure in measures:
        if measure.currency or measure.minor:
            sums[measure.currency] = sums.get(measure.currency, 0) + measure.minor
        if measure.pieces:
            sums[PIECES] = sums.get(PIECES, 0) + measure.pieces
    return sums


def balance(
    standings: Iterable[Standing],
    *,
    listed: int | None,
    listed_minor: dict[str, int],
    missing: Iterable[str] = (),
    phantom: Iterable[str] = (),
    ended: Iterable[str] = (),
) -> Balance:
    """The balance of `standings` against what the source listed (`listed_minor` by unit, as
    `at_stake` gives it)."""
    accounts: dict[str, int] = {}
    rows = list(standings)
    for standing in rows:
        word = standing.state.word
        accounts[word] = accounts.get(word, 0) + standing.count
    accounted = at_stake(standing.measure for standing in rows)
    money = {
        currency: Sum(listed_minor.get(currency, 0), accounted.get(currency, 0))
        for currency in sorted({*listed_minor, *accounted})
    }
    return Balance(
        listed=listed,
        accounts=accounts,
        money=money,
        missing=tuple(missing),
        phantom=tuple(phantom),
        ended=tuple(ended),
    )
