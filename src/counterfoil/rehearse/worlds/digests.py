"""The same world has the same end on every machine: a few worlds, and the digests of their ends.

    python -m counterfoil.rehearse.worlds.digests tests/worlds/digests.json [--write]

compares with the digests in a file, or writes them there. Without a file it prints them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from counterfoil.rehearse.worlds.recipe import Recipe, names, quiet
from counterfoil.rehearse.worlds.runner import Runner, runners

WORLDS: Final[Mapping[str, Recipe]] = {
    "quiet": quiet(1, 8),
    "storm": Recipe(
        seed=2,
        orders=24,
        spread_s=3.0,
        workers=2,
        kind="C",
        settle_s=12.0,
        lag_s=(0.3, 3.0),
        rates=dict.fromkeys(names(), 0.05),
        pause_every_s=8.0,
        kill_every_s=8.0,
    ),
    "broken lines": Recipe(
        seed=3,
        orders=24,
        spread_s=3.0,
        workers=2,
        kind="A",
        settle_s=12.0,
        lag_s=(0.3, 3.0),
        rates={"wire.lost_after": 0.1, "office.timeout_after": 0.1, "hook.unheard": 0.2},
        database=0.01,
    ),
}
"""What is compared: whole recipes, since what a seed draws may change."""

CHANGED: Final = (
    "The end of these worlds is another than the file says: {names}. Where the house's behaviour or"
    " a world was changed on purpose, write the digests anew (python -m"
    " counterfoil.rehearse.worlds.digests tests/worlds/digests.json --write). Where nothing was"
    " changed, this machine plays worlds differently, and its seeds cannot be repeated elsewhere."
)


def played(runner: Runner, wanted: Iterable[str] = WORLDS) -> dict[str, str]:
    """The digests of these worlds, by name, as they end here."""
    return {name: runner.play(WORLDS[name])[0].digest for name in wanted}


def kept(file: Path) -> dict[str, str]:
    """The digests of a file, by the world's name."""
    return msgspec.json.decode(file.read_bytes(), type=dict[str, str])


def changed(found: Mapping[str, str], file: Path) -> str:
    """What is to be said where the file says otherwise; "" where it agrees."""
    recorded = kept(file)
    others = [name for name, digest in found.items() if recorded.get(name) != digest]
    return CHANGED.format(names=", ".join(others)) if others else ""


def main(words: list[str]) -> int:
    """Print, compare or write the digests; 1 where they differ."""
    parser = argparse.ArgumentParser(prog="counterfoil.rehearse.worlds.digests")
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", choices=WORLDS, action="append")
    arguments = parser.parse_args(words)
    with runners(1) as (runner,):
        digests = played(runner, arguments.only or WORLDS)
    text = msgspec.json.format(msgspec.json.encode(digests), indent=2) + b"\n"
    if arguments.file is None:
        sys.stdout.write(text.decode())
    elif arguments.write:
        arguments.file.write_bytes(text)
    elif difference := changed(digests, arguments.file):
        sys.stderr.write(difference + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
