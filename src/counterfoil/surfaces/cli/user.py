"""`user`: who may sign in to the desk, and what they may do there and here."""

from __future__ import annotations

from cyclopts import App

from counterfoil.surfaces.cli.opening import asker
from counterfoil.surfaces.cli.say import Spoken
from counterfoil.surfaces.desk import users
from counterfoil.surfaces.desk.figures import iso
from counterfoil.surfaces.desk.opening import desk

user = App(name="user", help="Who may sign in to the desk: list, add, role, remove.")


@user.command
async def list(*, say: Spoken) -> None:
    """List who may come in, and as what."""
    async with desk(asker(say)) as opened:
        answer = await users.users(opened)
    rows = [
        (
            person.name,
            person.role,
            "yes" if person.ready else "not yet",
            iso(person.added),
            person.added_by,
        )
        for person in answer
    ]
    say.answer(
        "user-list", answer, lambda: say.table(("name", "role", "came", "added", "by"), rows)
    )


@user.command
async def add(name: str, /, *, role: str = "viewer", say: Spoken) -> None:
    """Let somebody come in, by a link that is good once and for a day.

    Args:
        name: What they sign in with; their account here, where the role is to hold here too.
        role: viewer, operator or admin.
    """
    who = asker(say)
    async with desk(who) as opened:
        link = await users.add(opened, name, role)
    door = who.config.file.desk
    address = f"http://{door.host}:{door.port}/welcome/{link.word}"
    say.answer("user-add", link, lambda: say.line(address))
    say.note(f"{link.name} comes in as {link.role} by this link, once, until {iso(link.until)}.")


@user.command
async def role(name: str, role: str, /, *, say: Spoken) -> None:
    """Let somebody be of another role.

    Args:
        name: Who.
        role: viewer, operator or admin.
    """
    async with desk(asker(say)) as opened:
        await users.set_role(opened, name, role)
    say.answer("user-role", {"name": name, "role": role}, lambda: say.line(f"{name} is {role}."))


@user.command
async def remove(name: str, /, *, say: Spoken) -> None:
    """Let somebody come in no more; wherever they are signed in, that ends at once.

    Args:
        name: Who.
    """
    async with desk(asker(say)) as opened:
        await users.remove(opened, name)
    say.answer("user-remove", {"name": name}, lambda: say.line(f"{name} comes in no more."))
