"""One customer's Peoplevox: everything that differs from site to site, or is published nowhere."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from counterfoil.twins.kit import keyed, tables
from counterfoil.twins.kit.pace import Pace
from counterfoil.twins.kit.tables import Spelling
from counterfoil.twins.kit.warehouse import Place

TEMPLATES = keyed.load(__package__ or "", "site.toml")
"""The vendor's own templates."""
REPORTS = tables.load(__package__ or "", "reports.toml")


class Site(msgspec.Struct, frozen=True):
    """The settings of one site.

    `user` and `password` sign in; a session dies `idle_s` seconds after its last call. At most
    `calls` in each window of `window_s` seconds. `renamed` are the columns that this site calls
    otherwise than the vendor. `items` are the item codes that exist (None: any),
    `payments` the ids and `services` the codes of its lists. `line_numbers`: a status says which
    row it is of. `empty_from`: pages of so many rows or more come back empty (0: none does).
    `picking`: the numbers of orders that are being picked, which this site does not let anybody
    cancel. `spelling` is how its reports write times and cells, `pace` how long things take, and
    `place` where its goods lie.
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
    currency: str = "GBP"
    pace: Pace = Pace()
    place: Place = Place()
    spelling: Spelling = Spelling()

    def named(self, column: str) -> str:
        """What this site calls a column of the vendor's."""
        return self.renamed.get(column, column)
