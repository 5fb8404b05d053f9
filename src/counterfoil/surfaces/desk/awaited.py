"""Awaited: how many documents wait for another one to come to their target, and for how long."""

from __future__ import annotations

import msgspec

from counterfoil.model.words import TITLES, Word
from counterfoil.store import waits
from counterfoil.surfaces.desk.duties import owner
from counterfoil.surfaces.desk.figures import counted
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.values.clock import Instant, from_stdlib, minute_of


class Awaited(msgspec.Struct, frozen=True):
    """How many documents of a route wait for one of another kind, by its word.

    `since` is when the first of them began to wait; at `until` a person is told of that, where what
    it waits for has not come: the `owner`.
    """

    route: str
    document: Word
    count: int
    since: Instant
    until: Instant
    owner: str = ""

    def __str__(self) -> str:
        """For people: how many wait for what, since when, and how long."""
        title = TITLES[self.document]
        documents = counted(self.count, "document")
        waits_ = f"waits for its {title.one}" if self.count == 1 else f"wait for their {title.one}"
        return (
            f"{documents} {waits_}; the oldest since {minute_of(self.since)}, and held for"
            f" {self.owner or 'a person'} at {minute_of(self.until)} if that does not come."
        )


async def awaited(
    desk: Desk, start: Instant | None = None, until: Instant | None = None
) -> list[Awaited]:
    """What is waited for on each route, by what was created from `start` to before `until`."""
    return [
        Awaited(
            row.route,
            row.document,
            row.records,
            from_stdlib(row.since),
            from_stdlib(row.until),
            owner(desk.config, row.route, f"no-{row.document}"),
        )
        for row in await waits.counts(desk.database, start, until)
    ]
