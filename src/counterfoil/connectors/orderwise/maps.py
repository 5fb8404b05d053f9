"""The value maps that the settings of a connection name."""

from __future__ import annotations

import msgspec

from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.kit.api import settings
from counterfoil.kit.connector import Opening
from counterfoil.mapping.valuemap import ValueMap


class Maps(msgspec.Struct, frozen=True):
    """The value maps of a connection; None: it names none."""

    methods: ValueMap | None = None
    countries: ValueMap | None = None
    payments: ValueMap | None = None
    companies: ValueMap | None = None
    variants: ValueMap | None = None


def maps_of(opening: Opening, profile: Profile) -> Maps:
    """The maps. Raises `Misconfigured` for one that is not there, or has a word that is no id or no
    stock code."""
    return Maps(
        methods=_ids(opening, profile.delivery_map, "delivery method"),
        countries=settings.value_map(opening, profile.country_map),
        payments=_ids(opening, profile.payment_map, "payment method"),
        companies=_ids(opening, profile.company_map, "customer"),
        variants=settings.texts(
            opening,
            profile.variant_map,
            what="stock code",
            do="Give every variant number in it the stock code that OrderWise has for it.",
        ),
    )


def _ids(opening: Opening, name: str, what: str) -> ValueMap | None:
    do = f"Ids are whole numbers: OrderWise shows them in its {what} grid."
    return settings.numbers(opening, name, what=what, do=do)
