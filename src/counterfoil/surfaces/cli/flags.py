"""Flags that every command takes, wherever on the line they stand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from counterfoil.values.errors import Misconfigured

Limit = Annotated[int, Parameter(validator=Number(gte=1, lte=10_000))]
"""At most so many rows of an answer."""

Workers = Annotated[int, Parameter(validator=Number(gte=1, lte=64))]
"""How many processes of the house are started."""

Count = Annotated[int, Parameter(validator=Number(gte=1, lte=1_000_000))]
"""How many of something are made: at least one."""


class Flags(msgspec.Struct, frozen=True):
    """How to speak, and which project folder is meant."""

    json: bool = False
    jsonl: bool = False
    quiet: bool = False
    verbose: bool = False
    no_input: bool = False
    project: Path = Path()

    @property
    def machine(self) -> bool:
        """Whether a program reads the answer."""
        return self.json or self.jsonl


_SWITCHES = {
    "--json": "json",
    "--jsonl": "jsonl",
    "--quiet": "quiet",
    "--verbose": "verbose",
    "--no-input": "no_input",
}

HELP = """\
With every command, anywhere on the line:
  --json         one JSON document       --quiet     no talk, data only
  --jsonl        one JSON line a row     --verbose   say where it broke
  --project DIR  instead of this folder  --no-input  never ask

Exit codes: 0 done · 1 Counterfoil broke · 2 usage or configuration
3 done, and differences exist · 4 sign-in needed · 5 another system is away
6 refused · 7 the journal does not fit: it was changed, or is damaged
130 interrupted, safe to run again"""


def taken(line: Sequence[str]) -> tuple[Flags, list[str]]:
    """The flags among the words of `line`, and the words that are left for the command.

    Nothing after "--" is a flag. Raises `Misconfigured` where --project names no folder.
    """
    flags: dict[str, object] = {}
    command: list[str] = []
    words = iter(line)
    for word in words:
        if word == "--":
            command += [word, *words]
        elif word in _SWITCHES:
            flags[_SWITCHES[word]] = True
        elif word == "--project" or word.startswith("--project="):
            folder = word.partition("=")[2] or next(words, "")
            if not folder:
                raise Misconfigured("--project names no folder.", do="Write --project DIR.")
            flags["project"] = Path(folder)
        else:
            command.append(word)
    return msgspec.convert(flags, Flags), command
