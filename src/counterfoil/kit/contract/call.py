"""Every call that a connector declares, by name, so that one rule can try them all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any, NamedTuple

from counterfoil.kit.capability import PORT_ACTS, Port
from counterfoil.kit.connector import Intent, Session, Source, Target
from counterfoil.kit.contract.case import Case, composed, demand
from counterfoil.kit.contract.rule import is_source, is_target
from counterfoil.kit.mark import made
from counterfoil.model.words import Word
from counterfoil.values.clock import later
from counterfoil.values.errors import CounterfoilError

_HOUR_S = 3600.0


async def _nothing() -> None:
    """There is nothing to be prepared."""


class Call(NamedTuple):
    """One call on an open session: "WORD.write", whether it writes, how it is made, and what is
    done before, where a rule wants it done on another day."""

    name: str
    writes: bool
    make: Callable[[], Awaitable[object]]
    prepare: Callable[[], Awaitable[None]] = _nothing


def calls(case: Case, session: Session) -> list[Call]:
    """Every call that the manifest declares, ready to be made."""
    declared = [Call("probe", False, session.probe)]
    for word, carries in case.manifest.documents.items():
        if is_source(carries):
            demand(word in session.sources, f"The session has no {word} source.")
            declared += _of_source(case, word, carries.verbs, session.source(word))
        if is_target(carries):
            demand(word in session.targets, f"The session has no {word} target.")
            declared += _of_target(case, word, carries.verbs, session.target(word))
    for port, offers in case.manifest.ports.items():
        demand(port in session.ports, f"The session has no {port}.")
        ways = _of_port(case, session)[port]
        declared += [Call(f"{port}.{verb}", verb in PORT_ACTS, ways[verb]) for verb in offers.verbs]
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


def _of_port(
    case: Case, session: Session
) -> Mapping[Port, Mapping[str, Callable[[], Awaitable[object]]]]:
    unknown, now = case.stage.unknown, case.clock.now()
    return {
        "estate": {
            "flows": lambda: session.estate().flows(),
            "runs": lambda: session.estate().runs(later(now, -_HOUR_S), now, None),
            "lines": lambda: session.estate().lines(unknown, None),
            "payloads": lambda: session.estate().payloads(unknown),
            "retry": lambda: session.estate().retry(unknown),
        },
        "publisher": {
            "refresh": lambda: session.publisher().refresh(unknown),
            "history": lambda: session.publisher().history(unknown),
            "query": lambda: session.publisher().query(unknown, "1"),
        },
    }


def _of_target(
    case: Case, word: Word, verbs: tuple[str, ...], target: Target[Any]
) -> Iterator[Call]:
    ready: list[Intent] = []

    async def prepare() -> None:
        demand(word in case.stage.receivers, f"The stage has no receiver of {word}s.")
        document = case.stage.receivers[word].document(1)
        ready.append(await composed(case, word, target, document))

    async def write() -> object:
        if not ready:
            await prepare()
        (answer,) = await target.write([ready.pop()])
        if isinstance(answer, CounterfoilError):
            raise answer
        return answer

    if "write" in verbs:
        yield Call(f"{word}.write", True, write, prepare)
    if "read" in verbs:
        yield Call(f"{word}.read", False, lambda: target.read([case.stage.unknown]))
