"""Opening: what a command needs of the project, and no more of it than it needs.

Reading commands open the store only: what happened can be told while a secret is missing.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from counterfoil.config import Config, load
from counterfoil.surfaces.cli.say import Say
from counterfoil.values.errors import Misconfigured, Retry
from counterfoil.values.ids import RecordId

if TYPE_CHECKING:
    from counterfoil.app import House
    from counterfoil.store.postgres import Database


def project(say: Say, flags: Mapping[tuple[str, ...], Any] | None = None) -> Config:
    """The configuration of the project folder."""
    config = load(say.flags.project.resolve(), flags=flags)
    if "DATABASE_URL" in config.environment:  # perhaps a laptop's .env says so
        os.environ.setdefault("DATABASE_URL", config.environment["DATABASE_URL"])
    return config


@contextmanager
def once() -> Generator[None]:
    """Whoever ends after one attempt tries nothing again by itself, and does not say so."""
    try:
        yield
    except Retry as error:
        wait = f"{error.after_s:.0f} s" if error.after_s >= 2 else "a moment"
        error.do = (
            f"Run the command again in {wait};"
            f" `counterfoil explain {error.code}` tells what helps where it lasts."
        )
        raise


@asynccontextmanager
async def store(say: Say) -> AsyncGenerator[tuple[Config, Database]]:
    """The project's database, its schema as this version knows it."""
    from counterfoil import app
    from counterfoil.store import estate, schema

    with once():
        config = project(say)
        async with app.store(config) as (database, _):
            found, known = await schema.version(database), schema.migrations()[-1][0]
            if found == 0:
                await schema.upgrade(database, say.clock)
            elif found != known:
                raise Misconfigured(
                    f"The database has schema {found}, and this Counterfoil knows {known}.",
                    do="Run `counterfoil db backup FILE`, then `counterfoil db upgrade`."
                    if found < known
                    else "Install the newer Counterfoil again.",
                    code="old-schema" if found < known else "newer-schema",
                )
            await estate.claim(database, config.file.estate.name, say.clock)
            yield config, database


@asynccontextmanager
async def house(
    say: Say, role: str = "cli", *, config: Config | None = None
) -> AsyncGenerator[House]:
    """The whole house, wired; by `config` where the command has one already."""
    from counterfoil import app
    from counterfoil.surfaces.cli import logs

    with once() if role == "cli" else nullcontext():
        config = config or project(say)
        logs.arrange(say.flags)
        opened = await app.build(config, role=role)
        try:
            yield opened
        finally:
            await opened.close()


async def known_route(database: Database, name: str | None) -> None:
    """Raise `Misconfigured` where `name` names no route that the journal knows."""
    from counterfoil.store import routes
    from counterfoil.values.nearest import near

    names = [route.name for route in await routes.every(database)]
    if name is not None and name not in names:
        raise Misconfigured(f"There is no route named {name!r}.", do=near(name, names))


def record(text: str) -> RecordId:
    """The record that a number names. Raises `Misconfigured` where it is no number."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        raise Misconfigured(
            f"{text[:40]!r} is no record number.",
            do="`counterfoil hold list` and `counterfoil search` show them.",
        )
    return RecordId(int(text))
