"""Every call that a connector declares, by name, so that one rule can try them all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, NamedTuple

from counterfoil.kit.connector import Session, Source, Target
from counterfoil.kit.contract.case import Case, compose, demand, inputs_of
from counterfoil.kit.contract.rule import is_source, is_target
from counterfoil.kit.mark import made
from counterfoil.model.words import Word
from counterfoil.values.clock import later
from counterfoil.values.errors import CounterfoilError

_HOUR_S = 3600.0


class Call(NamedTuple):
    """One call on an open session: "WORD.write", whether it writes, and how it is made."""

    name: str
    writes: bool
    make: Callable[[], Awaitable[object]]


async def calls(case: Case, session: Session) -> list[Call]:
    """Every call that the manifest declares, ready to be made; what a write must look at first was
    looked at by another session, on a good day."""
    declared = [Call("probe", False, session.probe)]
    for word, carries in case.manifest.documents.items():
        if is_source(carries):
            demand(word in session.sources, f"The session has no {word} source.")
            declared += _of_source(case, word, carries.verbs, session.source(word))
        if is_target(carries):
            demand(word in session.targets, f"The session has no {word} target.")
            declared += await _of_target(case, word, carries.verbs, session.target(word))
    return declared


async def outcome(call: Call) -> CounterfoilError | None:
    """The error in which the call ended, or None where it succeeded."""
    try:
        await call.make()
    except CounterfoilError as error:
        return error
    return None


def _of_source(
    case: Case, word: Word, verbs: tuple[str, ...], source: Source[Any]
) -> Iterator[Call]:
    start, overlap = later(case.clock.now(), -_HOUR_S), case.manifest.documents[word].overlap
    ways: dict[str, Callable[[], Awaitable[object]]] = {
        "read": lambda: source.read([case.stage.unknown]),
        "since": lambda: source.since(made(start) if overlap else None, None),
        "census": lambda: source.census(start, case.clock.now(), None),
    }
    for verb in verbs:
        if verb in ways:
            yield Call(f"{word}.{verb}", False, ways[verb])


async def _of_target(
    case: Case, word: Word, verbs: tuple[str, ...], target: Target[Any]
) -> list[Call]:
    declared: list[Call] = []
    if "write" in verbs:
        demand(word in case.stage.receivers, f"The stage has no receiver of {word}s.")
        document = case.stage.receivers[word].document(1)
        inputs = await inputs_of(case, word, case.open().target(word), document)

        async def write() -> object:
            (answer,) = await target.write([compose(target, document, inputs)])
            if isinstance(answer, CounterfoilError):
                raise answer
            return answer

        declared.append(Call(f"{word}.write", True, write))
    if "read" in verbs:
        declared.append(Call(f"{word}.read", False, lambda: target.read([case.stage.unknown])))
    return declared
