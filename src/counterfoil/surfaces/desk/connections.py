"""Connections: who we speak to, whether they answer, and one more of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

import msgspec

from counterfoil.app import check, registry
from counterfoil.config import PROJECT_FILE, Config, Connection, load
from counterfoil.config.places import dotted
from counterfoil.kit.connector import Connector
from counterfoil.kit.setup import limits, scope
from counterfoil.surfaces.desk.acts import asks, changes
from counterfoil.surfaces.desk.opening import Asker, staffed
from counterfoil.values.errors import Misconfigured, Retry, SignIn
from counterfoil.values.ids import name as checked_name
from counterfoil.values.nearest import near


class Limited(msgspec.Struct, frozen=True):
    """One budget of a connection: calls or points, how many a second or in a window of so many
    seconds, and whose word it is."""

    bucket: str
    shape: str
    size: int
    per_s: float
    source: str
    window_s: float = 0.0


class ConnectionState(msgspec.Struct, frozen=True):
    """One connection. `unconfirmed` are settings that the vendor has not published and that still
    have our default; `scope` is the part of the system that it is of, empty where there are none.
    """

    name: str
    system: str
    url: str
    rung: str
    api: str
    limits: tuple[Limited, ...]
    unconfirmed: tuple[str, ...]
    scope: str = ""


class Answered(msgspec.Struct, frozen=True):
    """What a connection's live proof said."""

    name: str
    said: str


class NewConnection(msgspec.Struct, frozen=True):
    """A connection that is to be: its connector, its address, where its secrets are (NAME to
    env:VARIABLE or file:NAME), and its settings (NAME to TOML or plain text)."""

    name: str
    system: str
    url: str
    secrets: Mapping[str, str] = {}
    settings: Mapping[str, str] = {}


class Written(msgspec.Struct, frozen=True):
    """The connection's name, and the table that was written for it."""

    name: str
    written: str


@asks("connection list")
def listing(asker: Asker) -> list[ConnectionState]:
    """List the connections: how well each is proven, its limits, and what nobody has published.

    Raises `Misconfigured` where one is of a system that no connector speaks.
    """
    connectors = registry()
    return [
        _state(name, account, connectors.get(account.system, where=f"connections.{name}.system"))
        for name, account in asker.config.file.connections.items()
    ]


@asks("connection test")
async def test(asker: Asker, name: str) -> Answered:
    """Ask a connection for one sentence, signed in; nothing is written there.

    No other connection is opened for it. It is asked once: what an outage would be waited out for
    is said to a person instead, as a `Retry`. Raises `Misconfigured` where there is none such.
    """
    connections = asker.config.file.connections
    if name not in connections:
        raise Misconfigured(f"There is no connection named {name!r}.", do=near(name, connections))
    only = Asker(_alone(asker.config, name), asker.clock, asker.person)
    async with staffed(only) as desk:
        try:
            return Answered(name, await desk.house.connections[name].session.probe())
        except Retry as error:
            do = "It was asked once. Look at its address and the network, then ask again."
            raise Retry(error.said, do=do, where=error.where, code=error.code) from error


@changes("connection add", reversible=True, undo="Take its table out of counterfoil.toml.")
def add(asker: Asker, new: NewConnection) -> Written:
    """Write a connection at the end of counterfoil.toml, checked before it is written.

    A secret may be put into its place afterwards; all else is as `counterfoil up` wants it.
    Raises `Misconfigured` where it is not, or there is a connection of this name.
    """
    config, name = asker.config, new.name
    if name in config.file.connections:
        raise Misconfigured(
            f"There is a connection named {name!r} already.",
            do=f"Change it in {PROJECT_FILE}.",
            where=str(config.settled[("connections", name)]),
        )
    checked_name(name, where="connection add NAME")
    table = _table(new)
    _append(asker, name, table)
    return Written(name, table)


def _alone(config: Config, name: str) -> Config:
    """The configuration as if it had this one connection and no route."""
    only = {name: config.file.connections[name]}
    file = msgspec.structs.replace(config.file, connections=only)
    return msgspec.structs.replace(config, file=file, routes={})


def _state(name: str, connection: Connection, connector: Connector) -> ConnectionState:
    manifest = connector.manifest
    budgets = limits(connection.account(name), manifest).items()
    unpublished = (
        key for key, setting in manifest.settings.items() if setting.known == "unpublished"
    )
    return ConnectionState(
        name=name,
        system=connection.system,
        url=connection.url,
        rung=manifest.rung,
        api=manifest.api,
        limits=tuple(
            Limited(bucket, limit.shape, limit.size, limit.per_s, limit.source, limit.window_s)
            for bucket, limit in budgets
        ),
        unconfirmed=tuple(key for key in unpublished if key not in connection.settings),
        scope=scope(connection.account(name), manifest),
    )


def _table(new: NewConnection) -> str:
    name = new.name
    lines = [
        f"[connections.{name}]", f"system = {_quoted(new.system)}", f"url = {_quoted(new.url)}",
    ]  # fmt: skip
    if new.secrets:
        lines += [f"[connections.{name}.secrets]"]
        lines += [f"{dotted((key,))} = {_quoted(value)}" for key, value in new.secrets.items()]
    if new.settings:
        lines += [f"[connections.{name}.settings]"]
        lines += [f"{dotted((key,))} = {_value(value)}" for key, value in new.settings.items()]
    return "\n".join(lines)


def _append(asker: Asker, name: str, table: str) -> None:
    """Write the table at the file's end, where the whole is in order with it."""
    config = asker.config
    file = config.folder / PROJECT_FILE
    text = f"{file.read_text('utf-8').rstrip()}\n\n{table}\n"
    whole = load(config.folder, config.environment, text=text)
    (wrong,) = check(_alone(whole, name), asker.clock).values()
    for error in wrong:
        if not isinstance(error, SignIn):
            raise error
    new = file.with_suffix(".toml.new")
    new.write_text(text, "utf-8")
    new.replace(file)


def _quoted(text: str) -> str:
    return msgspec.json.encode(text).decode()  # JSON's text is TOML's basic string


def _value(text: str) -> str:
    """The text as TOML: as it stands where it is TOML, else in quotes."""
    try:
        tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return _quoted(text)
    return text
