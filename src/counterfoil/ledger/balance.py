"""The balance: what the source lists on one side, where every one of them stands on the other.

    listed = confirmed + delivered + held + in_doubt + drifted + waiting + refused
           + excluded + merged + superseded + in flight

in counts, and in minor units per currency. The left side is asked of the source itself. Each
document counts once, by its newest version. Zero listed and zero accounted is no proof, and is
said so.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from counterfoil.ledger.account import IN_FLIGHT, State


class Standing(msgspec.Struct, frozen=True):
    """How many documents stand on one account, and their money in minor units of `currency`."""

    state: State
    currency: str
    count: int
    minor: int


class Sum(msgspec.Struct, frozen=True):
    """One currency's side by side, in minor units."""

    listed_minor: int
    accounted_minor: int

    @property
    def difference_minor(self) -> int:
        """Listed less accounted; zero when it balances."""
        return self.listed_minor - self.accounted_minor


class Balance(msgspec.Struct, frozen=True):
    """One route's balance over one window.

    `accounts` counts documents by state word; `missing` are keys that the source lists and the
    journal does not know, `phantom` the reverse; `money` is per currency. `listed` is None as
    long as the source has not been asked.
    """

    listed: int | None
    accounts: dict[str, int]
    money: dict[str, Sum]
    missing: tuple[str, ...] = ()
    phantom: tuple[str, ...] = ()

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


def balance(
    standings: Iterable[Standing],
    *,
    listed: int | None,
    listed_minor: dict[str, int],
    missing: Iterable[str] = (),
    phantom: Iterable[str] = (),
) -> Balance:
    """The balance of `standings` against what the source listed (`listed_minor` per currency)."""
    accounts: dict[str, int] = {}
    accounted: dict[str, int] = {}
    for standing in standings:
        word = standing.state.word
        accounts[word] = accounts.get(word, 0) + standing.count
        accounted[standing.currency] = accounted.get(standing.currency, 0) + standing.minor
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
    )
