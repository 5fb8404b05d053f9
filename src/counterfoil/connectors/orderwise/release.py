"""Orders out of OrderWise, whoever entered them: which of them may be picked, its status says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.fields import columns_of
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.kit.api.queried import Names, QueriedSource, Site, Told
from counterfoil.mapping.entered import Agreed, Entering
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.order import Order
from counterfoil.values.clock import Instant

CF_RELEASE: Final = columns_of("definitions/CF_RELEASE.sql")
CF_RELEASE_LINES: Final = columns_of("definitions/CF_RELEASE_LINES.sql")
NAMES: Final = Names("orderId", "orderNo", "lineId", "amendedAt", "enteredAt", "entered")


def source(
    profile: Profile, client: Client, site: Site,
    maps: Mapping[str, ValueMap | None], where: str,
) -> QueriedSource[Order]:  # fmt: skip
    """The orders of one connection."""
    entering = Entering(
        zone=profile.clock,
        ways=maps["release_map"] or ValueMap("release_map", {}),
        types=frozenset(map(str, profile.release_types)),
        rates={str(number): rate for rate, number in profile.tax_map.items()},
        currencies={str(number): code for code, number in profile.currencies.items()},
        agreed=Agreed(
            profile.extras_variant,
            profile.rounding_line_variant,
            {profile.gift_card_variant: "gift-card", profile.custom_variant: "custom"},
        ),
        where=where,
    )

    def made(rows: Told, moment: Instant) -> Order:
        return entering.made(rows.heads[0], rows.lines, moment)

    heads = client.query(CF_RELEASE, "release_definition")
    lines = client.query(CF_RELEASE_LINES, "release_lines_definition")
    return QueriedSource(heads, lines, NAMES, site, made, entering.stake)
