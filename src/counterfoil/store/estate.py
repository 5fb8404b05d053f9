"""Estate: whose database this is. It belongs to the first estate that used it, and to no other.

Two estates on one database would take each other's routes and records for their own.
"""

from __future__ import annotations

from counterfoil.store.postgres import Database
from counterfoil.values.clock import Clock
from counterfoil.values.errors import Misconfigured


async def owner(database: Database) -> str | None:
    """The estate that the database belongs to; None where it belongs to nobody yet."""
    (row,) = await database.rows("estate_exists")
    rows = await database.rows("estate") if row["found"] else ()
    return str(rows[0]["name"]) if rows else None


async def keep_out(database: Database, name: str) -> None:
    """Raise `Misconfigured` (code "other-estate") where the database is not that of `name`."""
    holder = await owner(database)
    if holder not in (None, name):
        raise Misconfigured(
            f"The database belongs to the estate {holder!r}, and this project is {name!r}.",
            do="Give each estate a database of its own. Where this one was only renamed:"
            f" `counterfoil db rename {holder}`.",
            where="DATABASE_URL",
            code="other-estate",
        )


async def claim(database: Database, name: str, clock: Clock) -> None:
    """Let the database belong to `name`. Raises what `keep_out` raises."""
    await database.run("claim_estate", name, clock.now().to_stdlib())
    await keep_out(database, name)


async def rename(database: Database, old: str, name: str, clock: Clock) -> None:
    """Hand the database of the estate `old` over to `name`. Raises `Misconfigured` where it is
    not that of `old`."""
    holder = await owner(database)
    if holder != old:
        raise Misconfigured(
            f"The database belongs to {f'the estate {holder!r}' if holder else 'no estate yet'},"
            f" not to {old!r}.",
            do="Name the estate that it belongs to." if holder else "Nothing is to be renamed.",
        )
    await database.run("rename_estate", name, clock.now().to_stdlib())
