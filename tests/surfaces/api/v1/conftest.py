"""The open desk, for programs: the same one that browsers have."""

from __future__ import annotations

from tests.surfaces.web.conftest import folder, quick_hashes, shop

__all__ = ["folder", "quick_hashes", "shop"]
