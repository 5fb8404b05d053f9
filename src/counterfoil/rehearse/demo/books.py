"""The books of a route: what its source holds against what its target holds, document by document,
with the journal's word for whatever is not the same on both sides.

Both sides are asked of the twins themselves; neither the house's listing nor its read-back is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from counterfoil.ledger.account import IN_FLIGHT, State
from counterfoil.rehearse.cast.book import Booked

AS_SENT = frozenset({State.DELIVERED, State.CONFIRMED, State.MERGED})
_LANDED = AS_SENT | {State.DRIFTED}
_KNOWN = frozenset({State.HELD, State.IN_DOUBT, State.WAITING})


class Money(msgspec.Struct, frozen=True):
    """One currency of a route, in minor units: what the source's own book comes to; what of it the
    target's comes to; what the journal says never arrived; by how much documents differ that the
    journal says do. `difference_minor` is what is then left, added up document by document without
    its sign, so that two mistakes never make nought."""

    source_minor: int
    target_minor: int
    not_there_minor: int
    told_minor: int
    difference_minor: int


class Pieces(msgspec.Struct, frozen=True):
    """The same in pieces of goods."""

    source: int
    target: int
    not_there: int
    told: int
    difference: int


class Waiting(msgspec.Struct, frozen=True):
    """How many records wait for a person for one cause, and the minor units that they block."""

    cause: str
    state: str
    count: int
    minor: int
    currency: str


class Untold(msgspec.Struct, frozen=True):
    """Goods that left, a refund or a payout that was not told: by the source's key, why (the cause
    of a hold, or where it stands), who is asked, and for how long it has been so."""

    route: str
    key: str
    state: str
    cause: str
    owner: str
    age_s: int


class Played(msgspec.Struct, frozen=True):
    """What one route came to. `balance` is the journal's against the source's listing; `money` and
    `pieces` are by the twins' own books, and `difference` what is unexplained in them, in minor
    units by currency. `strays` are documents under the route's references that its source does not
    have."""

    document: str
    source: str
    target: str
    balance: dict[str, int]
    money: dict[str, Money]
    pieces: Pieces
    difference: dict[str, int]
    strays: int
    holds: list[Waiting]

    @property
    def balanced(self) -> bool:
        """Whether the route balances to the penny and to the piece, and nothing is on its way."""
        unexplained = sum(self.difference.values()) + self.pieces.difference + self.strays
        return unexplained + self.balance["unaccounted"] + self.balance["in_flight"] == 0


def due(state: State | None) -> bool:
    """Whether a document that stands so should be at its target: the journal says that it is, or
    says nothing."""
    return state is None or state in _LANDED | IN_FLIGHT


class Tally:
    """Amounts of one measure, added up document by document."""

    def __init__(self) -> None:
        self.source = self.target = self.not_there = self.told = self.difference = 0

    def add(self, here: int, there: int | None, state: State | None) -> None:
        """Count a document: so much at the source, so much at the target (None: it is not there),
        and what the journal says of it."""
        self.source += here
        self.target += there or 0
        gap = here - (there or 0)
        if there is None and not due(state):
            self.not_there += gap
        elif there is not None and state is not None and state not in AS_SENT:
            self.told += gap
        else:
            self.difference += abs(gap)

    @property
    def pieces(self) -> Pieces:
        """What was added, as pieces."""
        return Pieces(self.source, self.target, self.not_there, self.told, self.difference)


class Books(msgspec.Struct, frozen=True):
    """A route's money by currency, its pieces, and documents that are not where they should be:
    `strays` under its references that its source does not have, `missing` that should be there and
    are not, `twice` beyond the first of each. `untold` are those that somebody knows are not there,
    by the source's key."""

    money: dict[str, Money]
    pieces: Pieces
    strays: int = 0
    missing: int = 0
    twice: int = 0
    untold: tuple[str, ...] = ()

    @property
    def difference(self) -> dict[str, int]:
        """What is unexplained, in minor units by currency."""
        return {currency: balance.difference_minor for currency, balance in self.money.items()}


def compare(
    prefix: str, source: Sequence[Booked], target: Iterable[Booked], states: Mapping[str, State]
) -> Books:
    """The books of one route. `target` is the whole book of the target, where its references begin
    with `prefix`; `states` where the journal has each document of it, by the source's key."""
    under: dict[str, list[Booked]] = defaultdict(list)
    for booked in target:
        if booked.reference.startswith(prefix):
            under[booked.reference.removeprefix(prefix)].append(booked)
    money: dict[str, Tally] = defaultdict(Tally)
    pieces, missing, twice, untold = Tally(), 0, 0, list[str]()
    for booked in source:
        documents, state = under.pop(booked.key, []), states.get(booked.key)
        missing += not documents and due(state)
        twice += max(0, len(documents) - 1)
        untold += [booked.key] * (not documents and state in _KNOWN)
        at_target = sum(document.minor for document in documents) if documents else None
        if booked.currency:
            money[booked.currency].add(booked.minor, at_target, state)
        pieces.add(
            booked.pieces,
            sum(document.pieces for document in documents) if documents else None,
            state,
        )
    return Books(
        {currency: _money(tally) for currency, tally in money.items()},
        pieces.pieces,
        sum(map(len, under.values())),
        missing,
        twice,
        tuple(untold),
    )


def _money(tally: Tally) -> Money:
    return Money(tally.source, tally.target, tally.not_there, tally.told, tally.difference)
