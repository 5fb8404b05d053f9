"""Changes the house one small step at a time, and counts how often its tests notice.

The changes are those of mutmut (`mutmut.mutation.mutators`); the runner is ours, because mutmut
itself leaves out properties, cached functions and tables at the top of a module, and the rules of
the ledger are just these. Nothing on the disk is touched: each change is compiled in a process of
its own, which runs the rooms' tests until the first that fails.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import resource
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "src" / "counterfoil"
FLOORS = ROOT / "scripts" / "floors.toml"
EQUIVALENT = ROOT / "scripts" / "equivalent.toml"
# What the tests need and the house does not: it is loaded once, before any process is made.
PRELOADED = ("hypothesis", "hypothesis.strategies", "pytest_asyncio", "msgspec", "whenever")
_MEMORY = 4 * 1024**3  # bytes; a change may make a number without end
_EXAMPLES = 50  # of a property; one that fails ends it, so that none is made smaller
_PATIENCE = 4  # times the processor time that the tests take themselves
_SHORTEST_S = 10


@dataclass(frozen=True)
class Mutant:
    """One change: `was` and `now` are the lines that differ, `source` the whole changed file."""

    file: Path
    line: int
    was: str
    now: str
    source: str

    @property
    def room(self) -> str:
        """The room in which it was made."""
        return self.file.parent.name

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}: {self.was}  ->  {self.now}"


def mutants(file: Path) -> Iterator[Mutant]:
    """Every change to `file` that makes another program of it, each once."""
    text = file.read_text("utf-8")
    wrapper = MetadataWrapper(cst.parse_module(text))
    places = wrapper.resolve(PositionProvider)
    seen = {ast.dump(ast.parse(text))}
    for node in changeable(wrapper.module):
        for kind, operator in mutation_operators:
            for changed in operator(node) if isinstance(node, kind) else ():
                source = wrapper.module.deep_replace(node, changed).code  # type: ignore[union-attr]
                meaning = meant(source)
                if meaning and meaning not in seen:
                    seen.add(meaning)
                    was, now = differing(text, source)
                    yield Mutant(file, places[node].start.line, was, now, source)


def changeable(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes that are behaviour: no type, no sentence for people, no list of names."""
    match node:
        case cst.Annotation() | cst.Import() | cst.ImportFrom():
            return
        case cst.Call(func=cst.Name(value="NewType" | "TypeVar")):
            return
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value="__all__"))]):
            return
        case cst.SimpleString(value=words) if " " in words and words[-2:] in ('."', ".'"):
            return
        case _:
            yield node
    for child in node.children:
        yield from changeable(child)


def meant(source: str) -> str:
    """The program that a text is, whatever its spelling; empty where it is none."""
    try:
        return ast.dump(ast.parse(source))
    except SyntaxError:
        return ""


def differing(before: str, after: str) -> tuple[str, str]:
    """The lines that differ, before and after, each in one line."""
    found: dict[str, list[str]] = {"- ": [], "+ ": []}
    for line in difflib.ndiff(before.splitlines(), after.splitlines()):
        found.get(line[:2], []).append(line[2:].strip())
    return " ".join(found["- "]), " ".join(found["+ "])


class Changed(importlib.abc.MetaPathFinder, importlib.machinery.SourceFileLoader):
    """Gives the changed text in the place of one file of the house."""

    def __init__(self, mutant: Mutant) -> None:
        name = ".".join(mutant.file.relative_to(ROOT / "src").with_suffix("").parts)
        importlib.machinery.SourceFileLoader.__init__(self, name, str(mutant.file))
        self._source = mutant.source

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> object:
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._source, self.path, "exec", dont_inherit=True)


def noticed(mutant: Mutant, limit_s: int) -> int:
    """Run the tests of the mutant's room in this process, and give pytest's exit code.

    What has no end is ended after `limit_s` seconds of processor time, or by pytest's own limit.
    """
    import hypothesis  # noqa: PLC0415 - only a process of tests needs these
    import pytest  # noqa: PLC0415

    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s))
    hypothesis.settings.register_profile(
        "fixed",
        derandomize=True,
        database=None,
        deadline=None,
        max_examples=_EXAMPLES,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
    )
    hypothesis.settings.load_profile("fixed")
    sys.meta_path.insert(0, Changed(mutant))
    plain = ("-x", "--noconftest", "--tb=no", "--assert=plain", "-pno:cacheprovider", "-pno:xdist")
    return int(pytest.main([*plain, str(ROOT / "tests" / mutant.room)]))


def begun(act: Callable[[], int]) -> int:
    """A child process that ends with what `act` gives."""
    if child := os.fork():
        return child
    code = 70
    try:
        code = act()
    finally:
        os._exit(code)


def measured(room: str) -> int:
    """How many seconds of processor time a change to `room` may take; its tests must pass."""
    file = max((HOUSE / room).glob("*.py"))
    same = Mutant(file, 0, "", "", file.read_text("utf-8"))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    _, status = os.waitpid(begun(lambda: noticed(same, 600)), 0)
    if status:
        sys.exit(f"The tests of {room} fail as the house stands; run them first.")
    taken = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    return max(_SHORTEST_S, round(_PATIENCE * taken))


def survivors(
    queue: Sequence[Mutant], limits_s: dict[str, int], cores: int, until: float
) -> tuple[list[Mutant], list[Mutant]]:
    """Those of `queue` that no test noticed, and those for which no time was left."""
    waiting, lived = list(queue), list[Mutant]()
    at_work: dict[int, Mutant] = {}
    while True:
        while waiting and len(at_work) < cores and time.monotonic() < until:
            one = waiting.pop()
            limit_s = limits_s[one.room]
            child = begun(lambda one=one, limit_s=limit_s: noticed(one, limit_s))
            at_work[child] = one
        if not at_work:
            return lived, waiting
        child, status = os.wait()
        mutant = at_work.pop(child)
        if status == 0:
            lived.append(mutant)
            print(f"  lives: {mutant}", flush=True)


def equal(found: Sequence[Mutant], part: bool) -> set[Mutant]:
    """Those that change nothing that anybody could see, each with its written reason."""
    rows = tomllib.loads(EQUIVALENT.read_text("utf-8"))["mutant"]
    known = {(row["file"], row["was"], row["now"]) for row in rows if row["why"]}
    by_key = {(str(one.file.relative_to(HOUSE)), one.was, one.now): one for one in found}
    if gone := known - by_key.keys() and not part:
        sys.exit(f"{EQUIVALENT.name} names what is no mutant any more: {gone}")
    return {by_key[key] for key in known & by_key.keys()}


def asked() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="scripts/mutation", description=__doc__)
    parser.add_argument(
        "paths", nargs="*", type=Path, help="files or rooms; else those of the floors"
    )
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--minutes", type=float, default=45.0, help="no mutant is begun after that")
    return parser.parse_args()


def chosen(paths: Sequence[Path], rooms: Sequence[str]) -> list[Mutant]:
    """The mutants of these files or rooms, in an order that is always the same and no file's."""
    places = [path.resolve() for path in paths] or [HOUSE / room for room in rooms]
    files = [file for place in places for file in (sorted(place.glob("*.py")) or [place])]
    found = [mutant for file in files for mutant in mutants(file)]
    random.Random(0).shuffle(found)
    return found


def main() -> int:
    """Make the mutants, test each, print the score and hold it to the floor."""
    words, floors = asked(), tomllib.loads(FLOORS.read_text("utf-8"))["mutation"]
    until = time.monotonic() + words.minutes * 60
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT / "src"))
    for name in PRELOADED:
        importlib.import_module(name)
    found = chosen(words.paths, list(floors))
    same = equal(found, bool(words.paths))
    queue = [mutant for mutant in found if mutant not in same]
    limits = {room: measured(room) for room in {one.room for one in found}}
    lived, untried = survivors(queue, limits, words.cores, until)
    low = False
    for room in sorted(limits):
        tried = [one for one in queue if one.room == room and one not in untried]
        alive = sum(one.room == room for one in lived)
        score = 100 * (len(tried) - alive) / max(1, len(tried))
        floor = 0.0 if words.paths else floors[room]
        low |= score < floor
        print(
            f"{room:8} {score:6.2f} % of {len(tried)} mutants noticed, {alive} not, "
            f"{sum(one.room == room for one in same)} equivalent, floor {floor} %"
        )
    if untried:
        print(f"{len(untried)} mutants were not tried: the time was up.")
    return int(low or bool(untried))


if __name__ == "__main__":
    sys.exit(main())
