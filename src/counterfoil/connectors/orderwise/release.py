"""Orders out of OrderWise, whoever entered them: which of them may be picked, its status says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from counterfoil.connectors.orderwise.fields import columns_of
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.kit.api.queried import Ask, Names, QueriedSource, Site, Told
from counterfoil.kit.api.readback import Columns, Row, text
from counterfoil.mapping.convert import money
from counterfoil.mapping.entered import Agreed, Entering
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.document import Measure
from counterfoil.model.line import LineKind
from counterfoil.model.order import Order
from counterfoil.values.clock import Instant

CF_RELEASE: Final = columns_of("definitions/CF_RELEASE.sql")
CF_RELEASE_LINES: Final = columns_of("definitions/CF_RELEASE_LINES.sql")
NAMES: Final = Names("orderId", "orderNo", "lineId", "amendedAt", "enteredAt", "entered")


class Releases(msgspec.Struct, frozen=True):
    """How the orders of one connection are read; `currencies` are its codes by their ids."""

    entering: Entering
    currencies: dict[str, str]

    @classmethod
    def of(cls, profile: Profile, ways: ValueMap | None, where: str) -> Releases:
        """As a connection (`where`) reads them, by the map of its statuses."""
        kinds: dict[str, LineKind] = {
            profile.gift_card_variant: "gift-card",
            profile.custom_variant: "custom",
        }
        rates = {str(number): rate for rate, number in profile.tax_map.items()}
        entering = Entering(
            zone=profile.clock,
            ways=ways or ValueMap("release_map", {}),
            types=frozenset(map(str, profile.release_types)),
            rate=lambda number: rates.get(number, ""),
            agreed=Agreed(profile.extras_variant, profile.rounding_line_variant, kinds),
            where=where,
        )
        return cls(entering, {str(number): code for code, number in profile.currencies.items()})

    def made(self, rows: Told, moment: Instant) -> Order:
        """The order of these rows, as they were read at a moment."""
        head = rows.heads[0]
        return self.entering.made(head, rows.lines, self._currency(head), moment)

    def stake(self, head: Row) -> Measure:
        """The money at stake in an order that cannot be read."""
        currency = self._currency(head)
        return Measure(money(head.get("gross"), currency), currency)

    def _currency(self, head: Row) -> str:
        """The currency whose id an order shows; the first one where it shows none of them."""
        first = next(iter(self.currencies.values()))
        return self.currencies.get(text(head.get("currencyId")), first)


def source(
    profile: Profile, rows: Callable[[Columns, str], Ask], site: Site,
    maps: Mapping[str, ValueMap | None], where: str,
) -> QueriedSource[Order]:  # fmt: skip
    """The orders of one connection."""
    releases = Releases.of(profile, maps["release_map"], where)
    heads = rows(CF_RELEASE, "release_definition")
    lines = rows(CF_RELEASE_LINES, "release_lines_definition")
    return QueriedSource(heads, lines, NAMES, site, releases.made, releases.stake)
