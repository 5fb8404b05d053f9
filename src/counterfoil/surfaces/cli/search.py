"""`search`: orders by the beginning of their number, or by what any system calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from counterfoil.surfaces.cli.envelope import Page
from counterfoil.surfaces.cli.opening import store
from counterfoil.surfaces.cli.person import iso, money
from counterfoil.surfaces.cli.say import Spoken
from counterfoil.values.money import Money

if TYPE_CHECKING:
    from counterfoil.store.postgres import Row

_LAST = "\U0010ffff"


class Found(msgspec.Struct, frozen=True):
    """One document on one route, as it stands."""

    record: int
    number: str
    key: str
    route: str
    state: str
    money: Money | None
    created: str | None


async def search(text: str, /, *, limit: int = 50, say: Spoken) -> None:
    """Find orders by the beginning of their number, or by a system's whole identity of one.

    Args:
        text: The beginning of a number, with or without "#"; or an identity.
        limit: At most so many.
    """
    bare = text.removeprefix("#")
    async with store(say) as (_, database):
        rows = await database.rows(
            "search_numbers", bare, bare + _LAST, f"#{bare}", f"#{bare}{_LAST}", limit + 1
        )
        rows = rows or await database.rows("search_bindings", text, limit + 1)
    found = [_found(row) for row in rows[:limit]]
    more = len(rows) > limit

    def show() -> None:
        if not found:
            say.line(f"Nothing begins with {bare}, and no system calls an order {text}.")
            return
        lines = [
            (one.number, str(one.record), one.route, one.state, money(one.money), one.key)
            for one in found
        ]
        say.table(("number", "record", "route", "stands", "money", "identity"), lines, right=(4,))
        if more:
            say.note(f"There are more than {limit}; say more of the number, or --limit.")

    say.answer("search", found, show, page=Page(None, len(rows)))


def _found(row: Row) -> Found:
    from counterfoil.ledger.account import State

    asked = Money(row["minor"], row["currency"]) if row["currency"] else None
    return Found(
        row["id"],
        row["number"],
        row["key"],
        row["route"],
        State(row["state"]).word,
        asked,
        iso(row["created"]),
    )
