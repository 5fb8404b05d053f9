"""How Shopify spells money, moments and identities: one way in GraphQL, another in REST bodies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from counterfoil.twins.kit.sale.order import Money, Order
from counterfoil.values.money import plain

_APPS = {"web": 580_111, "shopify_draft_order": 1_354_745}  # both recorded

_SLOTS = 8192


@lru_cache(_SLOTS)
def decimal(amount: Money) -> str:
    """The amount as a GraphQL `Decimal`: no needless zeros, but one decimal always ("679.0")."""
    whole, _, fraction = plain(*amount).partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"


@lru_cache(_SLOTS)
def spelt(amount: Money) -> str:
    """The amount as REST spells it: two decimals, or as many as the currency has."""
    return plain(*amount)


@lru_cache(_SLOTS)
def utc(moment_s: int) -> str:
    """The moment, in seconds since 1970, as GraphQL spells it: UTC, whole seconds, `Z`."""
    return datetime.fromtimestamp(moment_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(_SLOTS)
def local(moment_s: int, offset_minutes: int) -> str:
    """The moment as REST spells it: the shop's own time with its offset (`+00:00`)."""
    zone = timezone(timedelta(minutes=offset_minutes))
    return datetime.fromtimestamp(moment_s, zone).isoformat()


def offset(minutes: int) -> str:
    """The shop's offset as `Shop.timezoneOffset` spells it: `+0100`."""
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"


def gid(kind: str, number: int) -> str:
    """The global identity: `gid://shopify/Order/123`."""
    return f"gid://shopify/{kind}/{number}"


def number_in(identity: str, kind: str) -> int | None:
    """The number in a global identity of that kind, or None."""
    prefix, tail = gid(kind, 0)[:-1], identity.partition("?")[0]
    digits = tail.removeprefix(prefix)
    return int(digits) if tail != digits and digits.isdecimal() and len(digits) < 19 else None


def app_id(order: Order) -> int:
    """The number of the app that the sale was made with: its channel where that is one."""
    channel = order.sale.channel
    return int(channel) if channel.isdecimal() else _APPS.get(channel, sum(channel.encode()))
