"""`config`: what holds, and who said so; and what may be written."""

from __future__ import annotations

import sys
from typing import Any, Literal

import msgspec
from cyclopts import App

from counterfoil.config import File, origins
from counterfoil.config.origin import Settled
from counterfoil.flows.route import Plan
from counterfoil.flows.rulebook import RULEBOOK
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
    found = msgspec.json.schema(File) if what == "estate" else _of_a_route()

    def shown() -> None:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n")

    say.answer("config-schema", found, shown)


def _of_a_route() -> dict[str, Any]:
    """The schema of a route's file: its gates have the shape that its document's rules give."""
    settings = [rules.settings for rules in RULEBOOK.values()]
    whole = msgspec.json.schema(Plan)
    (*gates,), parts = msgspec.json.schema_components(settings, ref_template="#/$defs/{name}")
    whole["$defs"] |= parts
    whole["$defs"][Plan.__name__]["properties"]["gates"] = {"anyOf": gates, "default": {}}
    return whole


def _written(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _said(one: Settled) -> str:
    line = f", line {one.line}" if one.line else ""
    return f"  # {one.layer}" + (f": {one.named}{line}" if one.named else "")
