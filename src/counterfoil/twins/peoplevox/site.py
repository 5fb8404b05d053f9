"""One customer's Peoplevox: everything that differs from site to site, or is published nowhere."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files

import msgspec

TEMPLATES: Mapping[str, str] = tomllib.loads(
    (files(__package__ or "") / "site.toml").read_text("utf-8")
)["templates"]
"""The columns of the vendor's own templates."""


class Site(msgspec.Struct, frozen=True):
    """The settings of one site.

    `user` and `password` sign in; a session dies `idle_s` seconds after its last call. At most
    `calls` in each window of `window_s` seconds. `renamed` are the columns that this site calls
    otherwise than the vendor. `items` are the item codes that exist (None: any),
    `payments` the ids and `services` the codes of its lists. `line_numbers`: a status says which
    row it is of. `empty_from`: pages of so many rows or more come back empty (0: none does).
    `report_dates`: times are shown as reports show them. `picking`: the numbers of orders that are
    being picked, which this site does not let anybody cancel.
    """

    user: str = ""
    password: str = ""
    client_id: str = "acme"
    idle_s: float = 1800.0
    calls: int = 15
    window_s: float = 15.0
    over_limit: str = "Too many requests"
    patience_s: float = 30.0
    renamed: Mapping[str, str] = {}
    items: frozenset[str] | None = None
    payments: frozenset[str] = frozenset({"1", "2", "3"})
    services: frozenset[str] = frozenset({"RM-T48", "DPD-ND"})
    picking: frozenset[str] = frozenset()
    line_numbers: bool = True
    empty_from: int = 0
    report_dates: bool = False
    currency: str = "GBP"

    def columns(self, template: str) -> list[str]:
        """The columns of a template by their names at this site."""
        return [self.renamed.get(name, name) for name in TEMPLATES[template].split(",")]

    def own(self, column: str) -> str:
        """The vendor's own name of a column of this site."""
        names = {theirs: name for name, theirs in self.renamed.items()}
        return names.get(column, column)
