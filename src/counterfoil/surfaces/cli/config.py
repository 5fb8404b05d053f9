"""`config`: what holds, and who said so; and what may be written."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
from cyclopts import App

from counterfoil.config.origin import Settled
from counterfoil.surfaces.cli.opening import asker
from counterfoil.surfaces.cli.say import Spoken
from counterfoil.surfaces.desk import releases, settings
from counterfoil.surfaces.desk.figures import iso
from counterfoil.surfaces.desk.opening import desk
from counterfoil.surfaces.desk.settings import Subject

_DIGITS = 12  # of a digest, for people

config = App(name="config", help="What holds, who said so, and what may be written.")


@config.command
def show(*, origin: bool = False, say: Spoken) -> None:
    """Show every value that holds; of a secret only whether it is there.

    Args:
        origin: Say the layer, the file and the line that settled each.
    """
    opened = asker(say)
    values, digest = settings.holding(opened), settings.digest(opened)

    def show_values() -> None:
        for value in values:
            layer = _layer(value) if origin else ""
            say.line(f"{value.key} = {_written(value.value)}{layer}")
        say.note(
            f"The digest of what is governed is {digest[:_DIGITS]}; `counterfoil config releases`"
            " tells when it was in force."
        )

    say.answer("config", values, show_values)


@config.command(name="releases")
async def listed(*, say: Spoken) -> None:
    """List every configuration that was in force, the first one first."""
    async with desk(asker(say)) as opened:
        answer = await releases.releases(opened)

    def show() -> None:
        rows = [
            (
                f"{release.number}{', this folder' if release.of_folder else ''}",
                iso(release.begun_at),
                release.digest[:_DIGITS],
                release.by,
                " ".join(release.routes) or "-",
                release.why,
            )
            for release in answer
        ]
        say.table(("release", "since", "digest", "begun by", "routes at it", "why"), rows)
        if not any(release.of_folder for release in answer):
            say.note(
                "This folder is none of them yet: it is one as soon as `counterfoil up`, a worker"
                " or an act begins with it."
            )

    say.answer("config-releases", answer, show)


@config.command
def schema(what: Subject = "estate", /, *, say: Spoken) -> None:
    """Print the JSON Schema of counterfoil.toml, a file in routes/ or duties.toml, for an editor.

    Args:
        what: estate (counterfoil.toml), route (routes/NAME.toml) or duties (duties.toml).
    """
    answer = settings.schema(what)

    def show() -> None:
        text = msgspec.json.format(msgspec.json.encode(answer), indent=2).decode()
        sys.stdout.write(text + "\n")

    say.answer("config-schema", answer, show)


def _written(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _layer(value: Settled) -> str:
    line = f", line {value.line}" if value.line else ""
    return f"  # {value.layer}" + (f": {value.named}{line}" if value.named else "")
