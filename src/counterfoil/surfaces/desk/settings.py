"""Settings: what holds, and who said so; and what may be written."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from counterfoil.app import as_release
from counterfoil.config import File, origins
from counterfoil.config.origin import Settled
from counterfoil.flows.route import Plan
from counterfoil.flows.rulebook import RULEBOOK
from counterfoil.govern.duties import Duties
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.opening import Asker

Subject = Literal["estate", "route", "duties"]


@asks("config show")
def holding(asker: Asker) -> list[Settled]:
    """Show every value that holds, and who said so; of a secret only whether it is there."""
    return origins(asker.config)


@asks("config show digest")
def digest(asker: Asker) -> str:
    """Give the digest of what is governed, by which `config releases` knows it."""
    return as_release(asker.config, asker.clock, "").digest.hex()


@asks("config schema")
def schema(subject: Subject) -> dict[str, Any]:
    """Give the JSON Schema of counterfoil.toml, a file in routes/ or duties.toml, for an editor."""
    if subject == "duties":
        return msgspec.json.schema(Duties)
    return msgspec.json.schema(File) if subject == "estate" else _of_a_route()


def _of_a_route() -> dict[str, Any]:
    """The schema of a route's file: its gates have the shape that its document's rules give."""
    settings = [rules.settings for rules in RULEBOOK.values()]
    whole = msgspec.json.schema(Plan)
    (*gates,), parts = msgspec.json.schema_components(settings, ref_template="#/$defs/{name}")
    whole["$defs"] |= parts
    whole["$defs"][Plan.__name__]["properties"]["gates"] = {"anyOf": gates, "default": {}}
    return whole
