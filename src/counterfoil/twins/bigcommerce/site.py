"""One BigCommerce store: everything that differs from store to store, or from year to year."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

import msgspec

from counterfoil.twins.kit.pace import Pace

RETRIES_S: Final = (60, 180, 300, 600, 900, 1800, 3600, 7200, 21_600, 50_400, 86_400)
"""When a webhook is tried again, as the vendor publishes it: about two days in all, after which
the hook is deactivated."""

_LABELS: Final = (files(__package__ or "") / "statuses.json").read_bytes()
STATUSES: Final = dict(enumerate(msgspec.json.decode(_LABELS, type=list[str])))
"""The system's label of each status; a merchant may call it otherwise."""

SINCE_2026: Final = frozenset({"is_tax_inclusive_pricing", "fees"})
"""Members of an order that reads before 2026 do not have (recorded)."""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """One store and its one API account.

    `labels` are statuses that were renamed. `quota` calls are let in each `window_s` seconds, over
    all apps of the store, and `slots` at once. `omits` are members that an older version does not
    show. `signs_again`: a retry is signed with its own moment. `remembers`: all states are kept.
    """

    store_hash: str = "examplehash"
    store_id: str = "1003163076"
    token: str = ""
    client_secret: str = ""
    labels: Mapping[int, str] = {}
    quota: int = 150
    window_s: float = 30.0
    slots: int = 50
    omits: frozenset[str] = frozenset()
    signs_again: bool = False
    remembers: bool = False
    pace: Pace = Pace(retries_s=tuple(map(float, RETRIES_S)))

    @property
    def base(self) -> str:
        """The path that every address of the store begins with."""
        return f"/stores/{self.store_hash}"
