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
from counterfoil.rehearse.cast import estate
from counterfoil.rehearse.traffic.sales import Traffic

PATIENCE_S = 1.0
SETTLE_S = 4.0


class Rehearsal(msgspec.Struct, frozen=True):
    """How the twins of this folder behave, and where each listens: loopback ports by connection."""

    seed: int
    faults: str
    ports: Mapping[str, int]

    @property
    def source(self) -> int:
        """The port of the source."""
        return self.ports[estate.SOURCE]

    @property
    def target(self) -> int:
        """The port of the target."""
        return self.ports[estate.TARGET]


def rehearsal(config: Config) -> Rehearsal | None:
    """The folder's rehearsal, or None where it is a real estate."""
    found = config.file.rehearsal
    return msgspec.convert(found, Rehearsal) if found else None


def write(folder: Path, *, seed: int, faults: str, traffic: Traffic) -> Config:
    """Write a new rehearsal folder and return its configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "routes").mkdir(exist_ok=True)
    (folder / "secrets").mkdir(mode=0o700, exist_ok=True)
    estate.write_secrets(folder / "secrets")
    web, *others = _ports(1 + len(estate.CONNECTIONS))
    known = Rehearsal(seed, faults, dict(zip(estate.CONNECTIONS, others, strict=True)))
    (folder / "counterfoil.toml").write_text(_estate(web, known), "utf-8")
    (folder / "routes" / "orders.toml").write_text(_ROUTE, "utf-8")
    (folder / ".counterfoil").mkdir(exist_ok=True)
    (folder / ".counterfoil" / "traffic.json").write_bytes(msgspec.json.encode(traffic))
    return load(folder)


def traffic(config: Config) -> Traffic:
    """The traffic that the folder was made for."""
    return msgspec.json.decode((config.state / "traffic.json").read_bytes(), type=Traffic)


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
    return f"""\
# A rehearsal: everything here is as in a real estate, but the systems are twins.
[estate]
name = "rehearsal-{secrets.token_hex(3)}"

[web]
port = {web}

{estate.connections_toml(known.ports, PATIENCE_S)}
[rehearsal]
seed = {known.seed}
faults = "{known.faults}"
ports = {{ {ports} }}
"""


_ROUTE = f"""\
document = "order"
source = "{estate.SOURCE}"
target = "{estate.TARGET}"
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
"""
