"""Opening: what a question needs of the project, and no more of it than it needs.

Questions open the store only: what happened can be told while a secret is missing.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace

from counterfoil import app
from counterfoil.app import House
from counterfoil.config import Config
from counterfoil.flows.engine import Engine
from counterfoil.govern import gate
from counterfoil.govern.gate import Role, Scope
from counterfoil.store import estate, people, schema
from counterfoil.store.postgres import Database
from counterfoil.store.server import Server
from counterfoil.values.clock import Clock
from counterfoil.values.errors import Misconfigured, Retry


@dataclass(frozen=True)
class Asker:
    """Who asks, of which project, and by which clock. `person` is who acts, for the journal, and
    `role` what they may do: whoever holds the project's folder and its database may do all, unless
    the desk knows a person of this name. `scopes` are those of the token that they ask with; None
    where they ask without one."""

    config: Config
    clock: Clock
    person: str
    role: Role = field(default="admin", kw_only=True)
    scopes: tuple[Scope, ...] | None = field(default=None, kw_only=True)

    @property
    def hides(self) -> bool:
        """Whether words that may tell of a person are masked for whoever asks."""
        return gate.hides(self.role, self.scopes)


@dataclass(frozen=True)
class Desk(Asker):
    """Where questions are asked: the project and what rests in its database."""

    database: Database


@dataclass(frozen=True)
class StaffedDesk(Desk):
    """A desk with the whole house behind it: every connection and route is open."""

    house: House

    @property
    def engine(self) -> Engine:
        """What the flows work with."""
        return self.house.engine


@dataclass(frozen=True)
class Cellar(Desk):
    """The database as it is, whatever its schema, with the server that it runs on."""

    server: Server


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
async def desk(asker: Asker) -> AsyncGenerator[Desk]:
    """A desk on the project's database, its schema as this version knows it.

    Raises `Misconfigured` where the database is of another version or another estate, and `Retry`
    where it is away.
    """
    config, clock = asker.config, asker.clock
    with once():
        async with app.store(config) as (database, _):
            version, newest = await schema.version(database), schema.migrations()[-1][0]
            if version == 0:
                await schema.upgrade(database, clock)
            elif version != newest:
                raise Misconfigured(
                    f"The database has schema {version}, and this Counterfoil knows {newest}.",
                    do="Run `counterfoil db backup FILE`, then `counterfoil db upgrade`."
                    if version < newest
                    else "Install the newer Counterfoil again.",
                    code="old-schema" if version < newest else "newer-schema",
                )
            await estate.claim(database, config.file.estate.name, clock)
            role = await _role(database, asker)
            yield Desk(config, clock, asker.person, database, role=role)


@asynccontextmanager
async def staffed(asker: Asker, role: str = "cli") -> AsyncGenerator[StaffedDesk]:
    """A desk with the house behind it; of a role other than "cli" its errors are told as they are.

    Raises `Misconfigured` for what the configuration gets wrong, and `Retry` where the database is
    away.
    """
    config = asker.config
    with once() if role == "cli" else nullcontext():
        house = await app.build(config, role=role)
        try:
            database = house.engine.database
            may = await _role(database, asker)
            yield StaffedDesk(config, asker.clock, asker.person, database, house, role=may)
        finally:
            await house.close()


@asynccontextmanager
async def cellar(asker: Asker, *, whosoever: bool = False) -> AsyncGenerator[Cellar]:
    """The database as it is. Raises `Misconfigured` where it is another estate's, unless it may be
    `whosoever`'s."""
    async with app.store(asker.config, whosoever=whosoever) as (database, server):
        current = await schema.version(database) == schema.migrations()[-1][0]
        role = await _role(database, asker) if current else asker.role
        yield Cellar(asker.config, asker.clock, asker.person, database, server, role=role)


def acting(
    desk: StaffedDesk, person: str, role: Role, scopes: tuple[Scope, ...] | None = None
) -> StaffedDesk:
    """The same desk, asked by somebody else, with a token of these scopes or without one."""
    return replace(desk, person=person, role=role, scopes=scopes)


async def _role(database: Database, asker: Asker) -> Role:
    """What the asker may do: what the desk says of a person of this name, where it knows one."""
    role = await people.role(database, asker.person)
    return gate.named(role) if role is not None else asker.role
