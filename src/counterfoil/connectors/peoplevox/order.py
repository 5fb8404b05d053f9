"""The order in Peoplevox: a head that is not allocated, its lines, and the head once more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from counterfoil.connectors.peoplevox.fields import paired
from counterfoil.connectors.peoplevox.profile import TITLE, Profile
from counterfoil.connectors.peoplevox.site import ITEMS, KEY, Site
from counterfoil.kit.api.paired_target import Names, PairedTarget
from counterfoil.kit.api.parts import Parts
from counterfoil.kit.connector import Intent
from counterfoil.mapping.currencies import Currencies
from counterfoil.mapping.item_code import ItemCodes
from counterfoil.mapping.one_payment import OnePayment
from counterfoil.mapping.one_service import OneService
from counterfoil.mapping.picks import Picks
from counterfoil.mapping.to_pick import Warehouse
from counterfoil.mapping.untold import untold
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.order import Order

NAMES: Final = Names("Sales orders", ITEMS, KEY, held_back="1", released="0")
UNTOLD: Final = untold(__package__ or "")


class OrderTarget(PairedTarget):
    """Orders of one connection, as `kit.connector.Cancels`; `maps` has its value maps."""

    def __init__(
        self, profile: Profile, site: Site, maps: Mapping[str, ValueMap | None], *, where: str
    ) -> None:
        sheets = paired(profile, maps["country_map"])
        parts = Parts(TITLE, "peoplevox-refused", where)
        super().__init__(site, sheets, NAMES, parts, profile.currency)
        codes = {name: getattr(profile, name) for name in ("custom_item", "gift_card_item")}
        self._picks = Picks(ItemCodes("item", codes, maps["item_map"], where=where), where)
        self._currencies = Currencies({profile.currency: 0}, 2, TITLE, TITLE, where)
        self._warehouse = Warehouse(
            OneService(maps["service_map"], profile.no_service, TITLE, where),
            OnePayment(TITLE, 0, maps["payment_map"]),
            profile.unpaid_method_id,
            profile,
            where,
        )

    def compose(self, document: Order) -> Intent:
        """The rows of one order (pure). Raises `Hold` where it has no place."""
        self._currencies.check(document)
        to_pick, losses = self._warehouse.told(document)
        picks = self._picks.of(document)
        return self.whole(to_pick, picks, document.currency, (*losses, *to_pick.losses(UNTOLD)))

    def cancellation(self, document: Order, identity: str) -> Intent:
        """The row that cancels what Peoplevox calls `identity` (pure)."""
        return self.change(identity, {"Status": "Cancelled"})
