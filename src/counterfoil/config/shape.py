"""The shapes of a project folder's files: what may be written, and what holds where nothing is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from counterfoil.flows.route import Plan, Positive
from counterfoil.govern.duties import Duties
from counterfoil.kit.setup import Account, OwnLimit
from counterfoil.kit.vault import Vault
from counterfoil.mapping.valuemap import ValueMap

Values = dict[str, Any]
"""What a file says where only somebody else knows its shape: the values by their keys."""

STATE = ".counterfoil"
"""The folder inside a project's where the house keeps its own files."""

Text = Annotated[str, msgspec.Meta(min_length=1)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
AtOnce = Annotated[int, msgspec.Meta(ge=1, le=256)]
Size = Annotated[int, msgspec.Meta(ge=1)]
PerSecond = Annotated[float, msgspec.Meta(ge=0)]


class Estate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One retailer: one project folder, one database."""

    name: Text


class Web(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The door for messages and the API."""

    host: Text = "127.0.0.1"
    port: Port = 8470


class DeskDoor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The desk in a browser: where it is opened, and the `names` of hosts by which it may be asked
    beside `host` and this machine's own. `up` opens it where `serve` says so, and `web` always."""

    host: Text = "127.0.0.1"
    port: Port = 8480
    names: tuple[str, ...] = ()
    serve: bool = False


class Worker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many pages one worker works on at a time."""

    at_once: AtOnce = 16


class Watch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is told what did not happen: `channels` are addresses of mail, chat or a pager, by names
    of your own, and each is a secret: "env:NAME" or "file:NAME". Where there is one, `up` starts a
    watch, in a process of its own, where `serve` does not say otherwise."""

    channels: dict[str, str] = {}
    serve: bool = True


Days = Annotated[int, msgspec.Meta(ge=1, le=36_600)]
ByCountry = dict[str, Days]
"""Days by the country that goods go to (ISO 3166 alpha-2); "other" is every country not named."""


Kept = Literal["personal", "messages", "evidence"]


class Privacy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long what tells of people is kept, counted from the creation of the document at its
    source, and where the master key lies.

    `keep_days` is how long nobody may erase it; `erase_after_days` says by class when it is due:
    "personal" (everything that tells of a person), "messages" (what sources said), "evidence" (what
    was asked and answered). A class that is not named is kept.
    """

    key_file: Text = "secrets/master.key"
    keep_days: ByCountry = {}
    erase_after_days: dict[Kept, ByCountry] = {}


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A vendor's limit where this account has another than the manifest says."""

    size: Size
    per_s: PerSecond = 0.0


class Connection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One account at one system. `hosts` are allowed beside those of the manifest; `secrets` maps
    the manifest's names to references: "env:NAME" or "file:NAME"."""

    system: str
    url: str
    hosts: tuple[str, ...] = ()
    secrets: dict[str, str] = {}
    settings: Values = {}
    limits: dict[str, Budget] = {}
    timeout_s: Positive | None = None

    def account(self, name: str) -> Account:
        """As the kit opens it, under its `name`."""
        limits = {
            bucket: OwnLimit(limit.size, limit.per_s) for bucket, limit in self.limits.items()
        }
        return Account(name, self.url, self.hosts, self.settings, limits, self.timeout_s)


class Map(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value map; `default` is used for every word that is not in it, so it is rarely right."""

    values: dict[str, str]
    default: str | None = None
    case: bool = True

    def named(self, name: str) -> ValueMap:
        """As the mapping room uses it."""
        return ValueMap(name, self.values, self.default, self.case)


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of counterfoil.toml, and of ownership.toml (`ownership`, as `govern/ownership.py`
    reads it) and duties.toml. `rehearsal` is there in rehearsal folders only."""

    estate: Estate
    connections: dict[str, Connection] = {}
    maps: dict[str, Map] = {}
    ownership: dict[str, dict[str, str]] = {}
    duties: Duties = Duties()
    web: Web = Web()
    desk: DeskDoor = DeskDoor()
    worker: Worker = Worker()
    watch: Watch = Watch()
    privacy: Privacy = Privacy()
    rehearsal: Values = {}


Place = tuple[str, ...]
"""The keys that lead to a value: ("connections", "shop", "url"); a route's begin with "routes"."""

Layer = Literal["flag", "environment", "toml", "default"]


class Origin(msgspec.Struct, frozen=True):
    """Who settled a value: the layer, the file or variable, and the line in a file (0: none)."""

    layer: Layer
    named: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.named}, line {self.line}" if self.line else self.named or self.layer


class Config(msgspec.Struct, frozen=True):
    """Everything that a project folder says, where it lies, and what settled each value.

    A place that is not in `settled` has its default.
    """

    folder: Path
    file: File
    routes: dict[str, Plan]
    environment: Mapping[str, str] = os.environ
    settled: Mapping[Place, Origin] = {}

    @property
    def state(self) -> Path:
        """The folder where the house keeps its own files."""
        return self.folder / STATE

    @property
    def vault(self) -> Vault:
        """The project's secrets."""
        return Vault(self.environment, self.folder / "secrets")

    @property
    def key_file(self) -> Path:
        """The file with the master key."""
        return self.folder / self.file.privacy.key_file
