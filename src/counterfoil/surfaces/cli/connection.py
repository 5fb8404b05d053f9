"""`connection`: who we speak to, whether they answer, and one more of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, Parameter

from counterfoil.surfaces.cli import logs
from counterfoil.surfaces.cli.opening import asker
from counterfoil.surfaces.cli.say import Spoken
from counterfoil.surfaces.desk import connections
from counterfoil.surfaces.desk.connections import ConnectionState, NewConnection
from counterfoil.values.errors import Misconfigured

connection = App(name="connection", help="Who we speak to: add, test, list.")

Pairs = Annotated[list[str] | None, Parameter(consume_multiple=False, negative=())]


@connection.command(name="list")
def listed(*, say: Spoken) -> None:
    """List the connections: how well each is proven, its limits, and what nobody has published."""
    answer = connections.listing(asker(say))

    def show() -> None:
        if not answer:
            say.line("There are no connections yet; `counterfoil connection add` writes one.")
            return
        rows = [
            (_named(state), state.system, state.rung, state.url, _limits(state)) for state in answer
        ]
        say.table(("connection", "system", "rung", "address", "limits"), rows)
        for state in answer:
            if state.unconfirmed:
                say.line(
                    f"{_named(state)}: the vendor has not published {', '.join(state.unconfirmed)};"
                    " confirm each at your site."
                )

    say.answer("connection-list", answer, show)


@connection.command
async def test(name: str, /, *, say: Spoken) -> None:
    """Ask a connection for one sentence, signed in; nothing is written there.

    Args:
        name: The connection.
    """
    operator = asker(say)
    logs.arrange(say.flags)
    answer = await connections.test(operator, name)
    say.answer("connection-test", answer, lambda: say.line(answer.said))


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
    secrets, settings = _pairs(secret, "--secret"), _pairs(setting, "--setting")
    answer = connections.add(asker(say), NewConnection(name, system, url, secrets, settings))
    say.answer("connection-add", answer, lambda: say.lines(answer.written.splitlines()))
    say.note(f"Next: `counterfoil connection test {name}`.")


def _named(state: ConnectionState) -> str:
    return f"{state.name} ({state.scope})" if state.scope else state.name


def _limits(state: ConnectionState) -> str:
    return ", ".join(
        f"{limit.bucket} {limit.size}"
        + (f" at {limit.per_s:g}/s" if limit.per_s else "")
        + (f" in {limit.window_s:g} s" if limit.window_s else "")
        for limit in state.limits
    )


def _pairs(words: Sequence[str] | None, flag: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for word in words or ():
        key, sign, value = word.partition("=")
        if not (key and sign):
            raise Misconfigured(f"{flag} is given as NAME=VALUE.", do="Write it so.", where=flag)
        pairs[key] = value
    return pairs
