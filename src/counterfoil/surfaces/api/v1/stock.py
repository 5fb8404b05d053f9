"""Stock: what each system has of an article, and what is behind or stranded."""

from __future__ import annotations

from typing import Annotated

import msgspec

from counterfoil.surfaces.api.v1.endpoint import Found, endpoint
from counterfoil.surfaces.api.v1.paging import Limit
from counterfoil.surfaces.desk import stock
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.surfaces.desk.stock import Shown, Stale, StrandedStock

_Text = Annotated[str, msgspec.Meta(max_length=200)]


class OneSku(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An article by its SKU."""

    sku: _Text


class StaleWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Levels that were not shown for so long."""

    older_s: Annotated[float, msgspec.Meta(ge=0, le=1e9)] = 60.0
    limit: Limit = 50


class StrandedWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many articles are listed at most."""

    limit: Limit = 50


@endpoint("GET", "/stock/stale", "stock stale", "stock-stale")
async def stale(desk: Desk, words: StaleWanted) -> Found[Stale]:
    """List what a channel was not told in time, and how old each feed is."""
    return Found(await stock.stale(desk, words.older_s, words.limit))


@endpoint("GET", "/stock/stranded", "stock stranded", "stock-stranded")
async def stranded(desk: Desk, words: StrandedWanted) -> Found[StrandedStock]:
    """List what is on a shelf and offered nowhere."""
    return Found(await stock.stranded(desk, words.limit))


@endpoint("GET", "/stock/levels", "stock show", "stock")
async def shown(desk: Desk, words: OneSku) -> Found[Shown]:
    """Show an article: what each system has of it, and what each channel was told."""
    return Found(await stock.show(desk, words.sku))
