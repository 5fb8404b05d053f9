"""`user`: who may sign in to the desk, what they may do there and here, and the tokens of their
programs."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from counterfoil.surfaces.cli.opening import asker
from counterfoil.surfaces.cli.say import Spoken
from counterfoil.surfaces.desk import tokens, users
from counterfoil.surfaces.desk.figures import iso
from counterfoil.surfaces.desk.opening import desk
from counterfoil.surfaces.desk.tokens import TokenAsked

user = App(name="user", help="Who may sign in to the desk: list, add, role, remove, token.")
token = App(name="token", help="Tokens of programs: list, add, end.")
user.command(token)


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


@token.command(name="list")
async def tokens_listed(*, all: bool = False, say: Spoken) -> None:
    """List your tokens.

    Args:
        all: Everybody's.
    """
    async with desk(asker(say)) as opened:
        answer = await tokens.tokens(opened, all=all)
    rows = [
        (str(token.number), token.name, token.title, ", ".join(token.scopes), iso(token.until),
         iso(token.seen_at) or "never")
        for token in answer
    ]  # fmt: skip
    heads = ("number", "name", "for", "scopes", "until", "seen")
    say.answer("user-token-list", answer, lambda: say.table(heads, rows))


@token.command(name="add")
async def token_added(
    name: str,
    /,
    *scopes: str,
    title: Annotated[str, Parameter("--for")],
    days: int = 90,
    say: Spoken,
) -> None:
    """Make a token with which a program asks and acts in somebody's name; it is shown once.

    Args:
        name: In whose name; yours, or anybody's where you are an admin.
        scopes: For what: read, people, act, admin, metrics.
        title: What it is for.
        days: For how many days it is good.
    """
    token_asked = TokenAsked(name, title, scopes, days)
    async with desk(asker(say)) as opened:
        answer = await tokens.make(opened, token_asked)
    say.answer("user-token-add", answer, lambda: say.line(answer.word))
    say.note(f"Token {answer.token.number} is good until {iso(answer.token.until)}; keep it now.")


@token.command(name="end")
async def token_ended(number: int, /, *, say: Spoken) -> None:
    """Let a token be good no more.

    Args:
        number: Which.
    """
    async with desk(asker(say)) as opened:
        await tokens.end(opened, number)
    say.answer("user-token-end", {"ended": number}, lambda: say.line(f"Token {number} is ended."))
