"""An estate as a project folder has it: its connections, value maps, routes, and who masters what.

The same text for a rehearsal and for a real beginning. They differ in where the systems are, in how
soon a route looks again, and in whether it writes from the first moment on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from counterfoil.config.content import DUTIES_FILE, OWNERSHIP_FILE, PROJECT_FILE
from counterfoil.config.shape import Connection
from counterfoil.rehearse.cast.duties import duties, ways
from counterfoil.rehearse.cast.estates import Estate, Way
from counterfoil.rehearse.cast.toml import table, value
from counterfoil.rehearse.cast.twin import Address

Says = Callable[[str, str], str]
"""What a setting of a connector is for, by the names of both."""

SETTLE_S: Final = 4.0
_HAPPENS: Final = ("order", "fulfilment", "refund")
"""Documents that happen once: those from before the beginning were another interface's."""
_HURRY: Final[Mapping[str, object]] = {
    "switch": "on", "confirm": "every", "cadence_s": 2.0, "overlap_s": 6.0, "latency_s": 5.0,
    "settle_s": SETTLE_S, "census_s": 5.0, "window_s": 30.0,
}  # fmt: skip


def real(estate: Estate, begins: str, says: Says) -> dict[str, str]:
    """The files of a real estate that begins at the moment `begins`, by their paths."""
    return {
        PROJECT_FILE: connections(estate, says=says),
        **{f"routes/{name}.toml": begun(way, begins) for name, way in ways(estate).items()},
        **people(estate),
    }


def people(estate: Estate) -> dict[str, str]:
    """The files that say who masters what and who does what, as far as an estate has any."""
    files = {OWNERSHIP_FILE: ownership(estate), DUTIES_FILE: duties(estate)}
    return {name: text for name, text in files.items() if text}


def connections(
    estate: Estate,
    addresses: Mapping[str, Address] | None = None,
    says: Says = lambda system, name: "",
) -> str:
    """Every connection with the value maps of its settings: to the twins at these addresses, or as
    real ones begin; `says` tells what each setting is for."""
    texts: list[str] = []
    words: dict[str, Mapping[str, str]] = {}
    for part in estate.parts:
        name, ends = part.connection, estate.ends(part.connection)
        where = addresses[name] if addresses is not None else None
        texts += _connection(name, part.configured(where, ends), says)
        words |= part.maps(ends)
    return "\n".join([*texts, *(_words(name, row) for name, row in words.items())])


def rehearsed(way: Way) -> str:
    """A route's file in a rehearsal."""
    return _route(way, _HURRY, {**way.gates, **way.hurry})


def begun(way: Way, begins: str) -> str:
    """A route's file as a real one begins: in shadow, and from the moment `begins` on."""
    since = {"begins": begins} if way.document in _HAPPENS else {}
    calm = {"switch": "shadow", "confirm": "every", "cadence_s": way.cadence_s, **since}
    return _route(way, calm, way.gates)


def ownership(estate: Estate) -> str:
    """The file that says who masters what; "" where nobody need say it."""
    return "\n".join(table(word, fields) for word, fields in estate.masters.items())


def _connection(name: str, connection: Connection, says: Says) -> list[str]:
    parts: dict[str, Any] = msgspec.to_builtins(connection)
    limits: dict[str, dict[str, float]] = parts["limits"]
    parts["limits"] = {
        name: {key: amount for key, amount in budget.items() if amount}
        for name, budget in limits.items()
    }
    shown = {key: parts[key] for key in ("system", "url", "hosts", "timeout_s") if parts[key]}
    purposes = {key: says(connection.system, key) for key in connection.settings}
    inner = [
        table(f"connections.{name}.{key}", parts[key], purposes if key == "settings" else None)
        for key in ("secrets", "limits", "settings")
        if parts[key]
    ]
    return [table(f"connections.{name}", shown), *inner]


def _words(name: str, words: Mapping[str, str]) -> str:
    """A value map; each word of another system's stands in quotes."""
    rows = (f"{value(word)} = {value(ours)}\n" for word, ours in words.items())
    return f"[maps.{name}.values]\n{''.join(rows)}"


def _route(way: Way, tempo: Mapping[str, object], gates: Mapping[str, object]) -> str:
    head = {"document": way.document, "source": way.source, "target": way.target}
    prefix = {"reference_prefix": way.prefix} if way.prefix else {}
    asked = {"owner": way.owner} if way.owner else {}
    plan = {**head, **asked, "mode": "near-real-time", **tempo, **prefix}
    tables = {"owners": way.owners, "gates": gates}
    inner = [table(name, values) for name, values in tables.items() if values]
    return "\n".join([table("", plan), *inner])
