"""Whatever stands in an argument, every command ends with a sentence and a code of its own.

Commands are found on the command line itself, so a new flag is tried the day that it is made.
"""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App
from cyclopts.argument import Argument
from journeys_environment import SECRETS, environment

from counterfoil.surfaces.cli.main import front
from counterfoil.surfaces.desk.exits import Exit

EDGES = ("-1", "0", "9" * 30, "nan", "inf", "", "a\x1b[2K\nb", "\udcff", "/nonexistent/x", "folder",
         "bytes", "9999-12-31", "0001-01-01", "=", "²", "x" * 3000)  # fmt: skip
GOOD = {
    "--reason": "because", "--system": "shopify", "--url": "https://a.myshopify.com",
    "NAME": "orders", "ID": "1", "NUMBER": "1", "OLD": "gifts", "FILE": "missing", "TERM": "held",
    "SHELL": "bash", "LEFT": "missing", "RIGHT": "missing", "PACK": "missing", "PERIOD": "2026-11",
    "SALES": "missing", "SKU": "TEE", "POOL": "web", "PIECES": "1", "--why": "because it is so",
    "--until": "2026-12-01", "MAP": "delivery", "ROLE": "viewer",
    "PAYOUTS": "orders", "ORDERS": "orders", "KEY": "1", "PATH": "missing", "--for": "reports",
    "SUBJECT": "ann@example.org",
}  # fmt: skip
LASTING = {"up", "web", "worker", "demo", "prove"}
"""Commands that go on where their words are right."""
LOADS = {("load run", "--as")}
"""Arguments whose edges are good names: it would load, and wait for a shop that is not there."""

SWEEP = """\
import json, os, sys
import counterfoil.app
from counterfoil.surfaces.cli.main import run
nothing = os.open(os.devnull, os.O_RDONLY)
for words in json.load(sys.stdin):
    said = os.memfd_create("said")
    child = os.fork()
    if not child:
        for stream, handle in enumerate((nothing, said, said)):
            os.dup2(handle, stream)
        sys.argv = ["counterfoil", *words]
        run()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    text = open(said, errors="surrogateescape")
    text.seek(0)
    print(json.dumps([words, code, text.read()]), flush=True)
"""


def leaves(app: App, path: str) -> Iterator[tuple[str, App]]:
    """The commands under `path`, each with its words."""
    for name in app:
        if not name.startswith("-"):
            yield from leaves(app[name], f"{path} {name}".strip())
    if path and app.default_command is not None:
        yield path, app


def commands() -> dict[str, list[Argument]]:
    """Every command that ends by itself, with its arguments."""
    found = dict(leaves(front(), ""))
    return {
        name: [one for one in command.assemble_argument_collection() if one.parameter.parse is None]
        for name, command in found.items()
        if name not in LASTING
    }


def lines(command: str, arguments: list[Argument]) -> Iterator[list[str]]:
    """The command with edges in the place of each argument, the others as they should be."""
    told = sorted(arguments, key=lambda one: one.index is not None)
    tried = (one for one in told if one.hint is not bool and (command, one.name) not in LOADS)
    for at, one in enumerate(tried):
        for edge in EDGES[at % 3 :: 3]:
            words = [*(["--json"] if len(edge) % 2 else []), *command.split()]
            for other in told:
                if other is one:
                    words += [edge] if one.index is not None else [f"{one.name}={edge}"]
                elif other.required:
                    right = GOOD[other.name]
                    words += [right] if other.index is not None else [other.name, right]
            yield words


@pytest.mark.parametrize("command", sorted(commands()))
def test_whatever_stands_in_an_argument_the_answer_is_a_sentence(
    folder: Path, database: str, command: str
) -> None:
    (folder / "folder").mkdir()
    (folder / "bytes").write_bytes(bytes(range(256)) * 20)
    tried = list(lines(command, commands()[command]))
    ended = subprocess.run(
        [sys.executable, "-c", SWEEP],
        cwd=folder,
        env=environment(DATABASE_URL=database, **SECRETS),
        input=json.dumps(tried),
        capture_output=True,
        text=True,
        timeout=110,
        check=True,
    )
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [words for words, _, _ in told] == tried
    for words, code, said in told:
        assert code in set(Exit) - {Exit.BROKE}, (words, said)
        assert "Traceback" not in said, (words, said)
        assert not {letter for letter in said if unicodedata.category(letter)[0] == "C"} - {"\n"}
