"""Every benchmark by its name, in the order in which they run."""

from __future__ import annotations

from bench.bulk import bulk, single
from bench.figure import Bench

BENCHES: dict[str, Bench] = {
    "bulk": bulk,
    "single": single,
}
