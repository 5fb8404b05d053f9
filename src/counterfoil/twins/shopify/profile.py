"""Who the shop is, who may call it, and how patient it is: everything a rehearsal may choose."""

from __future__ import annotations

from typing import Final

import msgspec

from counterfoil.twins.kit.pace import Pace

SUPPORTED: Final = ("2026-01", "2026-04", "2026-07", "2026-10")
"""API versions that are answered; an older one falls forward to the first of these."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """The shop and its one app. `token` is a token that never ends; "" for none.

    Times are the shop's own, `offset_minutes` ahead of UTC. Without "read_all_orders" only the
    orders of the last 60 days are shown (shopify.dev, access scopes). `remembers`: every state of
    every order is kept, for whoever checks. A bulk operation waits `bulk_s` seconds before it is
    worked on, and a token lives `token_s`.
    """

    client_id: str
    client_secret: str
    token: str = ""
    scopes: tuple[str, ...] = (
        "read_orders",
        "read_all_orders",
        "read_inventory",
        "write_inventory",
        "read_shopify_payments",
        "read_merchant_managed_fulfillment_orders",
        "write_merchant_managed_fulfillment_orders",
    )
    location: int = 3001
    domain: str = "twin.myshopify.com"
    name: str = "Twin Gifts"
    email: str = "shop@example.com"
    currency: str = "GBP"
    zone: str = "Europe/London"
    offset_minutes: int = 0
    bucket_size: float = 2000.0
    restore_per_s: float = 100.0
    remembers: bool = False
    bulk_s: float = 0.5
    token_s: float = 86_399.0


class Calendar(msgspec.Struct, frozen=True):
    """How many days there are, and how many seconds each lasts; none: nothing is paid back or out
    by itself."""

    days: int = 0
    day_s: float = 0.0


class Site(msgspec.Struct, frozen=True):
    """One shop: who it is, how long things take there, and the days for which it is open.

    A webhook is repeated eight times: the vendor spreads that over four hours, a rehearsal over
    four minutes.
    """

    profile: Profile
    pace: Pace = Pace()
    calendar: Calendar = Calendar()
