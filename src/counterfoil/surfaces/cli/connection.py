"""`connection`: who we speak to, whether they answer, and one more of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from counterfoil.config import PROJECT_FILE, Config, Connection, load
from counterfoil.config.places import dotted
from counterfoil.kit.connector import Connector
from counterfoil.kit.setup import limits
from counterfoil.surfaces.cli.opening import house, project
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.values.errors import Misconfigured, Retry, SignIn
from counterfoil.values.ids import name as named
from counterfoil.values.nearest import near

connection = App(name="connection", help="Who we speak to: add, test, list.")

Pairs = Annotated[list[str] | None, Parameter(consume_multiple=False, negative=())]


class Limited(msgspec.Struct, frozen=True):
    """One budget of a connection: calls or points, how many a second, and whose word it is."""

    bucket: str
    shape: str
    size: int
    per_s: float
    source: str


class Known(msgspec.Struct, frozen=True):
    """One connection. `unconfirmed` are settings that the vendor has not published and that still
    have our default."""

    name: str
    system: str
    url: str
    rung: str
    api: str
    limits: tuple[Limited, ...]
    unconfirmed: tuple[str, ...]


class Answered(msgspec.Struct, frozen=True):
    """What a connection's live proof said."""

    name: str
    said: str


@connection.command(name="list")
def listed(*, say: Spoken) -> None:
    """List the connections: how well each is proven, its limits, and what nobody has published."""
    from counterfoil.app import registry

    config = project(say)
    known = registry()
    found = [
        _known(name, one, known.get(one.system, where=f"connections.{name}.system"))
        for name, one in config.file.connections.items()
    ]

    def show() -> None:
        if not found:
            say.line("There are no connections yet; `counterfoil connection add` writes one.")
            return
        rows = [(one.name, one.system, one.rung, one.url, _limits(one)) for one in found]
        say.table(("connection", "system", "rung", "address", "limits"), rows)
        for one in found:
            if one.unconfirmed:
                say.line(
                    f"{one.name}: the vendor has not published {', '.join(one.unconfirmed)};"
                    " confirm each at your site."
                )

    say.answer("connection-list", found, show)


@connection.command
async def test(name: str, /, *, say: Spoken) -> None:
    """Ask a connection for one sentence, signed in; nothing is written there.

    Args:
        name: The connection.
    """
    found = Answered(name, await probe(say, project(say), name))
    say.answer("connection-test", found, lambda: say.line(found.said))


@connection.command
def add(
    name: str,
    /,
    *,
    system: str,
    url: str,
    secret: Pairs = None,
    setting: Pairs = None,
    say: Spoken,
) -> None:
    """Write a connection at the end of counterfoil.toml, checked before it is written.

    Args:
        name: What the connection is called.
        system: The connector, as `counterfoil connector list` names it.
        url: The address of the account.
        secret: NAME=env:VARIABLE or NAME=file:NAME; once for each secret.
        setting: NAME=VALUE, the value as TOML or plain text; once for each setting.
    """
    config = project(say)
    if name in config.file.connections:
        raise Misconfigured(
            f"There is a connection named {name!r} already.",
            do=f"Change it in {PROJECT_FILE}.",
            where=str(config.settled[("connections", name)]),
        )
    named(name, where="connection add NAME")
    table = _table(name, system, url, _pairs(secret, "--secret"), _pairs(setting, "--setting"))
    _append(say, config, name, table)
    say.answer(
        "connection-add", {"name": name, "written": table}, lambda: say.lines(table.splitlines())
    )
    say.note(f"Next: `counterfoil connection test {name}`.")


async def probe(say: Say, config: Config, name: str) -> str:
    """What the connection's live proof says; no other connection is opened for it.

    It is asked once: what an outage would be waited out for is said to a person instead.
    """
    if name not in config.file.connections:
        raise Misconfigured(
            f"There is no connection named {name!r}.", do=near(name, config.file.connections)
        )
    async with house(say, config=_alone(config, name)) as opened:
        try:
            return await opened.connections[name].session.probe()
        except Retry as error:
            do = "It was asked once. Look at its address and the network, then ask again."
            raise Retry(error.said, do=do, where=error.where, code=error.code) from error


def _alone(config: Config, name: str) -> Config:
    """The configuration as if it had this one connection and no route."""
    only = {name: config.file.connections[name]}
    file = msgspec.structs.replace(config.file, connections=only)
    return msgspec.structs.replace(config, file=file, routes={})


def _known(name: str, one: Connection, connector: Connector) -> Known:
    manifest = connector.manifest
    allowed = limits(one.account(name), manifest).items()
    unpublished = (key for key, its in manifest.settings.items() if its.known == "unpublished")
    return Known(
        name=name,
        system=one.system,
        url=one.url,
        rung=manifest.rung,
        api=manifest.api,
        limits=tuple(Limited(at, it.shape, it.size, it.per_s, it.source) for at, it in allowed),
        unconfirmed=tuple(key for key in unpublished if key not in one.settings),
    )


def _limits(one: Known) -> str:
    return ", ".join(
        f"{limit.bucket} {limit.size}" + (f" at {limit.per_s:g}/s" if limit.per_s else "")
        for limit in one.limits
    )


def _pairs(words: Sequence[str] | None, flag: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in words or ():
        key, sign, value = word.partition("=")
        if not (key and sign):
            raise Misconfigured(f"{flag} is given as NAME=VALUE.", do="Write it so.", where=flag)
        found[key] = value
    return found


def _table(
    name: str, system: str, url: str, secrets: Mapping[str, str], settings: Mapping[str, str]
) -> str:
    lines = [f"[connections.{name}]", f"system = {_quoted(system)}", f"url = {_quoted(url)}"]
    if secrets:
        lines += [f"[connections.{name}.secrets]"]
        lines += [f"{dotted((key,))} = {_quoted(value)}" for key, value in secrets.items()]
    if settings:
        lines += [f"[connections.{name}.settings]"]
        lines += [f"{dotted((key,))} = {_value(value)}" for key, value in settings.items()]
    return "\n".join(lines)


def _append(say: Say, config: Config, name: str, table: str) -> None:
    """Write the table at the file's end, where the whole is in order with it.

    A secret may be put into its place afterwards; all else is as `counterfoil up` wants it.
    """
    from counterfoil.app import check

    file = config.folder / PROJECT_FILE
    text = f"{file.read_text('utf-8').rstrip()}\n\n{table}\n"
    whole = load(config.folder, config.environment, text=text)
    (wrong,) = check(_alone(whole, name), say.clock).values()
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
