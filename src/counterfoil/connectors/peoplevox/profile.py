"""The connection profile: what Peoplevox has not published is a setting here, never a constant."""

from __future__ import annotations

from typing import Final

import msgspec

from counterfoil.kit.api import settings
from counterfoil.kit.connector import Opening
from counterfoil.mapping.currencies import Currencies
from counterfoil.values.clock import wall_clock

TITLE: Final = "Peoplevox"


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of one connection, in the words of the manifest."""

    client_id: str
    channel_name: str
    currency: str
    clock: str
    required_days: int
    partial_shipment: bool
    session_minutes: int
    page_size: int
    columns: dict[str, str]
    service_map: str
    no_service: str
    payment_map: str
    unpaid_method_id: int
    country_map: str
    item_map: str
    custom_item: str
    gift_card_item: str

    @property
    def currencies(self) -> dict[str, int]:
        """The one currency of the site, which no template shows."""
        return {self.currency: 0}


def currencies_of(profile: Profile, where: str) -> Currencies:
    """The currency that a connection takes."""
    return Currencies(profile.currencies, 2, TITLE, "Peoplevox", where)


def profile_of(opening: Opening) -> Profile:
    """The profile that the settings describe. Raises `Misconfigured` naming what does not fit."""
    profile = settings.typed(opening, Profile)
    wall_clock(opening.clock.now(), profile.clock)
    return profile
