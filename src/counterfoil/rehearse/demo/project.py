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
from counterfoil.config.content import PROJECT_FILE
from counterfoil.config.shape import STATE
from counterfoil.rehearse.cast import estate, estates, folder
from counterfoil.rehearse.cast.duties import ways
from counterfoil.rehearse.cast.estates import SINGLE, Estate
from counterfoil.rehearse.cast.toml import table
from counterfoil.rehearse.cast.twin import Address
from counterfoil.rehearse.traffic.sales import Traffic

PATIENCE_S = 1.0


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
        """The port to which the sellers' orders go first."""
        return self.ports[self.played.target]


def rehearsal(config: Config) -> Rehearsal | None:
    """The folder's rehearsal, or None where it is a real estate."""
    table = config.file.rehearsal
    return msgspec.convert(table, Rehearsal) if table else None


def write(place: Path, *, seed: int, faults: str, traffic: Traffic) -> Config:
    """Write a new rehearsal folder with a single route and return its configuration."""
    return lay_out(place, SINGLE, {estate.SOURCE: traffic}, seed=seed, faults=faults)


def lay_out(
    place: Path, played: Estate, traffic: Mapping[str, Traffic], *, seed: int, faults: str
) -> Config:
    """Write a new rehearsal folder for an estate and return its configuration; `traffic` by the
    connection of the source."""
    for name, mode in (("", 0o755), ("routes", 0o755), ("secrets", 0o700), (STATE, 0o755)):
        (place / name).mkdir(mode=mode, parents=True, exist_ok=True)
    played.write_secrets(place / "secrets")
    web, *others = _ports(1 + len(played.connections))
    ports = dict(zip(played.connections, others, strict=True))
    (place / PROJECT_FILE).write_text(
        _estate(web, Rehearsal(seed, faults, ports, played.name)), "utf-8"
    )
    for name, way in ways(played).items():
        (place / "routes" / f"{name}.toml").write_text(folder.rehearsed(way), "utf-8")
    for name, text in folder.people(played).items():
        (place / name).write_text(text, "utf-8")
    summary = traffic if played.name else traffic[estate.SOURCE]
    (place / STATE / "traffic.json").write_bytes(msgspec.json.encode(summary))
    return load(place)


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
    played = known.played
    addresses = {name: Address(port, PATIENCE_S) for name, port in known.ports.items()}
    named = {"estate": known.estate} if known.estate else {}
    about = {**named, "seed": known.seed, "faults": known.faults, "ports": known.ports}
    tables = [
        table("estate", {"name": f"rehearsal-{secrets.token_hex(3)}"}),
        table("web", {"port": web}),
        folder.connections(played, addresses),
        table("rehearsal", about),
    ]
    head = "# A rehearsal: everything here is as in a real estate, but the systems are twins.\n"
    return head + "\n".join(tables)
