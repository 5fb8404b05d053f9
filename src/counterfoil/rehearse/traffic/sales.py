"""Traffic: what a rehearsal is told to sell, counted before the first sale happens.

Real history (`history.py`) and generated trade (`trade.py`) both come as `Sales`, so that
whatever runs them need not know which it has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import add
from types import TracebackType
from typing import Self

import msgspec

from counterfoil.rehearse.traffic.repaid import Repaid
from counterfoil.twins.world import Sale
from counterfoil.values.errors import Misconfigured

_DAY_S = 86_400.0
_NIGHT = 1.25
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Traffic(msgspec.Struct, frozen=True):
    """What the sales of one run come to.

    `sale_invoices` = `orders` + `invoices_without_lines` + `orders_not_drawn`; every line of a
    sale invoice is in `lines` or, by its reason, in `lines_left_out`. `gross_minor` is the sum
    over kept lines of quantity x price in minor units of `currency`, whatever they became;
    `became` counts them as "product", "gift-card", "custom" and "shipping", and
    `discounts_minor` is what was taken off them. `other_invoices` are cancellations and
    adjustments of the period. `first` and `last` are the moments (ISO 8601, UTC) of the first and
    the last sale. `refunds` are the cancellations of the period.
    """

    source: str
    currency: str
    sale_invoices: int
    orders: int
    lines: int
    gross_minor: int
    became: Mapping[str, int]
    customers: int
    guest_orders: int
    longest_order: int
    first: str
    last: str
    invoices_without_lines: int = 0
    orders_not_drawn: int = 0
    lines_left_out: Mapping[str, int] = {}
    discounts_minor: int = 0
    other_invoices: int = 0
    other_lines: int = 0
    refunds: Repaid = Repaid()


def together(traffics: Sequence[Traffic]) -> Traffic:
    """What the traffic of several shops comes to, all in one currency; who buys at two of them is a
    customer of each."""
    first, *others = traffics
    if not others:
        return first
    currencies = {part.currency for part in traffics}
    assert len(currencies) == 1, "the shops of an estate sell in one currency"
    added = {
        field: sum(getattr(part, field) for part in traffics)
        for field, value in msgspec.structs.asdict(first).items()
        if isinstance(value, int) and field != "longest_order"
    }
    return msgspec.structs.replace(
        first,
        **added,
        became=_merged(part.became for part in traffics),
        lines_left_out=_merged(part.lines_left_out for part in traffics),
        refunds=reduce(add, [part.refunds for part in traffics]),
        source="; ".join(dict.fromkeys(part.source for part in traffics)),
        longest_order=max(part.longest_order for part in traffics),
        first=min(part.first for part in traffics),
        last=max(part.last for part in traffics),
    )


def _merged(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    sums = Counter[str]()
    for part in counts:
        sums.update(part)
    return dict(sums)


class Pace(msgspec.Struct, frozen=True):
    """How shop time becomes run time: `speed` times faster, or all of a day within `spread_s`, and
    its night in a quarter of that.

    Either way the rhythm stays; `spread_s` wins where both are given.
    """

    speed: float = 1.0
    spread_s: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.speed < float("inf"):
            raise Misconfigured(
                f"A speed of {self.speed} is not possible.", do="Give a number above 0."
            )
        if self.spread_s is not None and not 0 <= self.spread_s < float("inf"):
            raise Misconfigured(
                f"Traffic cannot be spread over {self.spread_s} seconds.",
                do="Give a number of seconds, 0 or more.",
            )

    def at_s(self, since_first_s: float, whole_s: float) -> float:
        """Run seconds of a sale that came `since_first_s` after the first, out of `whole_s`."""
        if self.spread_s is None:
            return since_first_s / self.speed
        return since_first_s * self.spread_s / whole_s if whole_s else 0.0

    def begins_s(self, days: int) -> float:
        """Run seconds of the first sale so many `days` after the first of all."""
        return days * (_DAY_S / self.speed if self.spread_s is None else self.spread_s * _NIGHT)


class Sales:
    """Sales in the order of time, and the traffic that they add up to.

    Can be read more than once and gives the same sales each time. Hold it in a `with` block, or
    `close` it: a sales history keeps temporary files.
    """

    def __init__(
        self,
        traffic: Traffic,
        read: Callable[[], Iterator[Sale]],
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.traffic = traffic
        self._read = read
        self._close = close

    def __iter__(self) -> Iterator[Sale]:
        return self._read()

    def close(self) -> None:
        """Give back what the sales were read from."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def moment(seconds: int) -> str:
    """The moment `seconds` after 1970 began (UTC), in ISO 8601."""
    return f"{(_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()}Z"
