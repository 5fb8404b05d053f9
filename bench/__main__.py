"""`python -m bench [NAMES] [--json FILE] [--quick]`: every figure, in one command."""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from bench import table
from bench.catalogue import BENCHES
from bench.figure import Figure
from bench.house import Ground
from counterfoil.store.server import Server
from counterfoil.values.clock import SystemClock

_WIDTH = 150
_RESULTS = Path(__file__).parent / "results"


async def measure(names: list[str], console: Console, *, quick: bool) -> list[Figure]:
    """The figures of the benches named, one bench after the other."""
    folder = Path(tempfile.mkdtemp(prefix="counterfoil-bench-"))
    os.chmod(folder, 0o755)  # the server may run as another account
    server = await Server.start(folder)
    figures: list[Figure] = []
    try:
        ground = Ground(server, folder, quick=quick)
        for name in names:
            start = time.monotonic()
            with console.status(f"{name} ..."):
                figures += await BENCHES[name](ground)
            console.print(f"{name}: {time.monotonic() - start:.0f} s")
    finally:
        await server.erase()
        shutil.rmtree(folder, ignore_errors=True)
    return figures


def main() -> None:
    """Measure, show and keep."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--quick", action="store_true", help="shorter runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the raw numbers go")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(BENCHES)
    if unknown:
        parser.error(f"no bench is named {', '.join(sorted(unknown))}")
    os.environ.pop("DATABASE_URL", None)  # figures are measured on a server of our own
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    now = SystemClock().now().format_iso(unit="second")
    figures = asyncio.run(measure(asked.names or list(BENCHES), console, quick=asked.quick))
    table.show(figures, console)
    file = asked.json or _RESULTS / f"{now.replace(':', '')}.json"
    table.keep(figures, file, {"at": now, "quick": asked.quick, **_machine()})
    console.print(f"Raw numbers: {file}", highlight=False)


def _machine() -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "load": os.getloadavg(),
    }


if __name__ == "__main__":
    main()
