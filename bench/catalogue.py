"""Every benchmark by its name, in the order in which they run."""

from __future__ import annotations

from bench.bulk import bulk, single
from bench.burst import burst
from bench.desk import desk
from bench.figure import Bench
from bench.initial import initial
from bench.kill import kill
from bench.latency import latency
from bench.listing import listing
from bench.mapping import mapping
from bench.memory import memory
from bench.posting import posting
from bench.stock import stock

BENCHES: dict[str, Bench] = {
    "bulk": bulk,
    "single": single,
    "posting": posting,
    "latency": latency,
    "burst": burst,
    "listing": listing,
    "kill": kill,
    "mapping": mapping,
    "memory": memory,
    "stock": stock,
    "initial": initial,
    "desk": desk,
}
