"""Who the shop is, who may call it, and how patient it is: everything a rehearsal may choose."""

from __future__ import annotations

from typing import Final

import msgspec

SUPPORTED: Final = ("2026-01", "2026-04", "2026-07", "2026-10")
"""API versions that are answered; an older one falls forward to the first of these."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """The shop and its one app. `token` is a token that never ends; "" for none.

    Times are the shop's own, `offset_minutes` ahead of UTC. Without "read_all_orders" only the
    orders of the last 60 days are shown (shopify.dev, access scopes). `remembers`: every state of
    every order is kept, for whoever checks.
    """

    client_id: str
    client_secret: str
    token: str = ""
    scopes: tuple[str, ...] = ("read_orders", "read_all_orders")
    domain: str = "twin.myshopify.com"
    name: str = "Twin Gifts"
    email: str = "shop@example.com"
    currency: str = "GBP"
    zone: str = "Europe/London"
    offset_minutes: int = 0
    bucket_size: float = 2000.0
    restore_per_s: float = 100.0
    remembers: bool = False


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How long things take, in seconds; pairs are drawn between their two ends.

    `retries_s` are the waits before the eight repeats of a webhook that was not accepted: the
    vendor spreads them over four hours, a rehearsal over four minutes.
    """

    patience_s: float = 30.0
    lag_s: tuple[float, float] = (0.5, 3.0)
    late_s: tuple[float, float] = (3.0, 15.0)
    edit_s: tuple[float, float] = (2.0, 6.0)
    life_s: tuple[float, float] = (1.0, 20.0)
    attack_s: tuple[float, float] = (0.2, 2.0)
    retries_s: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)
    bulk_s: float = 0.5
    token_s: float = 86_399.0
