"""Watch: what is expected to happen and by when, and the way to those who are told where it does
not."""

from __future__ import annotations

import secrets

import msgspec

from counterfoil.config import Config
from counterfoil.store.postgres import Database
from counterfoil.store.server import Server
from counterfoil.surfaces.desk.acts import asks, changes
from counterfoil.surfaces.desk.opening import Asker, Desk
from counterfoil.values.clock import Clock, Instant
from counterfoil.values.errors import Misconfigured
from counterfoil.values.money import Money
from counterfoil.watch.books import read
from counterfoil.watch.channels import Apprise, Channels, Log, silent
from counterfoil.watch.keeping import Keeper
from counterfoil.watch.look import Watch, Watched
from counterfoil.watch.message import Message, happened
from counterfoil.watch.notebook import Notebook
from counterfoil.watch.promises import expectations

_BOOK = "watch.sqlite"


class Promise(msgspec.Struct, frozen=True):
    """Something that is expected by a moment: whether it is late, what is said where it is, and
    what its silence touches."""

    name: str
    owner: str
    by: Instant
    last: Instant | None
    is_late: bool
    said: str
    documents: int
    money: tuple[Money, ...]


class Tried(msgspec.Struct, frozen=True):
    """The channels that took a message."""

    channels: tuple[str, ...]


@asks("watch list", money="shown")
async def promises(desk: Desk) -> list[Promise]:
    """List what is expected now and by when, what is late first."""
    now = desk.clock.now()
    books = await read(desk.database, now, 0)
    found = [
        Promise(
            promise.name,
            promise.owner,
            promise.by,
            promise.last,
            promise.by < now,
            happened(promise),
            promise.touched.documents,
            promise.touched.money,
        )
        for promise in expectations(desk.config.routes, books)
    ]
    return sorted(found, key=lambda promise: (not promise.is_late, promise.name))


@changes("watch test", reversible=False, undo="A message that was sent stays sent.")
async def test(asker: Asker) -> Tried:
    """Send one message by every channel, so that it is known that it arrives.

    Raises `Misconfigured` where there is no channel, or an address is of no known kind; `SignIn`
    where an address cannot be read, and `Retry` where a channel did not take the message.
    """
    estate = asker.config.file.estate.name
    channels = channels_of(asker.config)
    if channels is None:
        raise Misconfigured(
            "Nobody is told anything: there is no channel under [watch].",
            do='Write one in counterfoil.toml: [watch.channels] oncall = "env:ONCALL".',
            code="no-channel",
        )
    body = "This is a test. No document is touched. Nothing is to be done. Nothing happens then."
    missed = await channels.send(Message(f"{estate}: the watch is heard", body))
    if missed:
        raise silent(missed)
    return Tried(tuple(asker.config.file.watch.channels))


def channels_of(config: Config) -> Channels | None:
    """The way to people; None where the project names none.

    Raises `Misconfigured` for an address of no known kind, `SignIn` where one cannot be read.
    """
    named = config.file.watch.channels
    addresses = {
        name: config.vault.read(reference, f"watch.channels.{name}")
        for name, reference in named.items()
    }
    return Apprise(addresses) if addresses else None


def keeper(config: Config, clock: Clock) -> Keeper:
    """What keeps watch over a project; where nobody is to be told, it does so in the log alone."""

    async def connect() -> Database:
        return await Database.open(Server.at(config.state).dsn, most=1)

    config.state.mkdir(mode=0o700, exist_ok=True)
    notebook = Notebook(config.state / _BOOK)
    watch = Watch(Watched(config.file.estate.name, config.routes), notebook)
    channels = channels_of(config) or Log()
    return Keeper(f"watch-{secrets.token_hex(3)}", connect, notebook, watch, channels, clock)
