"""`config`: what holds, and who said so; and what may be written."""

from __future__ import annotations

import sys
from typing import Any, Literal

import msgspec
from cyclopts import App

from counterfoil.config import File, origins
from counterfoil.config.origin import Settled
from counterfoil.flows.route import Plan
from counterfoil.surfaces.cli.opening import project
from counterfoil.surfaces.cli.say import Spoken

config = App(name="config", help="What holds, who said so, and what may be written.")


@config.command
def show(*, origin: bool = False, say: Spoken) -> None:
    """Show every value that holds; of a secret only whether it is there.

    Args:
        origin: Say the layer, the file and the line that settled each.
    """
    found = origins(project(say))

    def shown() -> None:
        for one in found:
            say.line(f"{one.key} = {_written(one.value)}{_said(one) if origin else ''}")

    say.answer("config", found, shown)


@config.command
def schema(what: Literal["estate", "route"] = "estate", /, *, say: Spoken) -> None:
    """Print the JSON Schema of counterfoil.toml, or of a file in routes/, for an editor.

    Args:
        what: estate (counterfoil.toml) or route (routes/NAME.toml).
    """
    found = msgspec.json.schema(File if what == "estate" else Plan)

    def shown() -> None:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")

    say.answer("config-schema", found, shown)


def _written(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _said(one: Settled) -> str:
    line = f", line {one.line}" if one.line else ""
    return f"  # {one.layer}" + (f": {one.named}{line}" if one.named else "")
