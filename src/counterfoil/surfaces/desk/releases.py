"""Releases: what was in force from when, by number; and whether this folder is one of them."""

from __future__ import annotations

import msgspec

from counterfoil.app import as_release
from counterfoil.store import releases as store
from counterfoil.store import routes
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.values.clock import Instant, from_stdlib


class Release(msgspec.Struct, frozen=True):
    """A content of the configuration that the house began with: its number, its digest, when, by
    which process and why; the routes that stand at it; and whether it is this folder's."""

    number: int
    digest: str
    begun_at: Instant
    by: str
    why: str
    version: str
    routes: tuple[str, ...]
    of_folder: bool


@asks("config releases")
async def releases(desk: Desk) -> list[Release]:
    """List every configuration that was in force: when it began, why, and which routes stand at it.

    The first one first.
    """
    digest = as_release(desk.config, desk.clock, "").digest
    standing = await routes.every(desk.database)
    return [
        Release(
            number=row.id,
            digest=row.digest.hex(),
            begun_at=from_stdlib(row.begun_at),
            by=row.by,
            why=row.why,
            version=row.version,
            routes=tuple(route.name for route in standing if route.release == row.id),
            of_folder=row.digest == digest,
        )
        for row in await store.every(desk.database)
    ]
