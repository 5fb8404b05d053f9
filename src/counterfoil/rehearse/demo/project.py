"""A rehearsal's project folder: the same files that a real estate has, pointed at the twins.

Only two things differ from a real one: the hosts are this machine's, and `[rehearsal]` says how
the twins behave. Where it is resumed, the folder is found as it was left.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Mapping
from pathlib import Path

import msgspec

from counterfoil.config import Config, load
from counterfoil.rehearse.cast import estate, estates
from counterfoil.rehearse.cast.estates import SINGLE, WORD, Estate, Way
from counterfoil.rehearse.traffic.sales import Traffic

PATIENCE_S = 1.0
SETTLE_S = 4.0


class Rehearsal(msgspec.Struct, frozen=True):
    """How the twins of this folder behave, and where each listens: loopback ports by connection.
    `estate` is the name of what they play, "" for the single route."""

    seed: int
    faults: str
    ports: Mapping[str, int]
    estate: str = ""

    @property
    def played(self) -> Estate:
        """The connections and routes of the folder."""
        return estates.named(self.estate)

    @property
    def source(self) -> int:
        """The port of the first source."""
        return self.ports[estate.SOURCE]

    @property
    def target(self) -> int:
        """The port of the target."""
        return self.ports[self.played.target]


def rehearsal(config: Config) -> Rehearsal | None:
    """The folder's rehearsal, or None where it is a real estate."""
    table = config.file.rehearsal
    return msgspec.convert(table, Rehearsal) if table else None


def write(folder: Path, *, seed: int, faults: str, traffic: Traffic) -> Config:
    """Write a new rehearsal folder with a single route and return its configuration."""
    return lay_out(folder, SINGLE, {estate.SOURCE: traffic}, seed=seed, faults=faults)


def lay_out(
    folder: Path, played: Estate, traffic: Mapping[str, Traffic], *, seed: int, faults: str
) -> Config:
    """Write a new rehearsal folder for an estate and return its configuration; `traffic` by the
    connection of the source."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "routes").mkdir(exist_ok=True)
    (folder / "secrets").mkdir(mode=0o700, exist_ok=True)
    played.write_secrets(folder / "secrets")
    web, *others = _ports(1 + len(played.connections))
    ports = dict(zip(played.connections, others, strict=True))
    rehearsal_ = Rehearsal(seed, faults, ports, played.name)
    (folder / "counterfoil.toml").write_text(_estate(web, rehearsal_), "utf-8")
    for name, way in played.ways.items():
        (folder / "routes" / f"{name}.toml").write_text(_route(way), "utf-8")
    (folder / ".counterfoil").mkdir(exist_ok=True)
    summary = traffic if played.name else traffic[estate.SOURCE]
    (folder / ".counterfoil" / "traffic.json").write_bytes(msgspec.json.encode(summary))
    return load(folder)


def traffic(config: Config, known: Rehearsal) -> dict[str, Traffic]:
    """The traffic that the folder was made for, by the connection of the source."""
    summary = (config.state / "traffic.json").read_bytes()
    if known.estate:
        return msgspec.json.decode(summary, type=dict[str, Traffic])
    return {estate.SOURCE: msgspec.json.decode(summary, type=Traffic)}


def _ports(count: int) -> tuple[int, ...]:
    """Free ports of the loopback address, all different."""
    doors = [socket.socket() for _ in range(count)]
    try:
        for door in doors:
            door.bind(("127.0.0.1", 0))
        return tuple(door.getsockname()[1] for door in doors)
    finally:
        for door in doors:
            door.close()


def _estate(web: int, known: Rehearsal) -> str:
    ports = ", ".join(f"{name} = {port}" for name, port in known.ports.items())
    named = f'estate = "{known.estate}"\n' if known.estate else ""
    return f"""\
# A rehearsal: everything here is as in a real estate, but the systems are twins.
[estate]
name = "rehearsal-{secrets.token_hex(3)}"

[web]
port = {web}

{known.played.connections_toml(known.ports, PATIENCE_S)}
[rehearsal]
{named}seed = {known.seed}
faults = "{known.faults}"
ports = {{ {ports} }}
"""


def _route(way: Way) -> str:
    prefix = f'reference_prefix = "{way.prefix}"\n' if way.prefix else ""
    return f"""\
document = "{WORD}"
source = "{way.source}"
target = "{way.target}"
owner = "operations"
mode = "near-real-time"
switch = "on"
confirm = "every"
cadence_s = 2.0
overlap_s = 6.0
latency_s = 5.0
settle_s = {SETTLE_S}
census_s = 5.0
window_s = 30.0
{prefix}"""
