"""A rule of the contract: one sentence, and a check that says in another how it was broken."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from counterfoil.kit.capability import Verb
from counterfoil.kit.contract.case import (
    Case,
    SourceCase,
    Subject,
    TargetCase,
    as_source,
    as_target,
    at_stage,
)
from counterfoil.kit.contract.stage import StageMaker
from counterfoil.kit.manifest import Carries, Manifest
from counterfoil.model.words import Word

_HOSTED = "hosts_are_the_vendors_own"

ABOUT_SOURCES: frozenset[Verb] = frozenset({"read", "since", "census"})
ABOUT_TARGETS: frozenset[Verb] = frozenset({"read", "write", "amend", "cancel"})


class Trial(NamedTuple):
    """What a rule is tried on; `document` None where it is about the connector as a whole."""

    subject: Subject
    stage: StageMaker
    document: Word | None


Applies = Callable[[Manifest], Iterator[Word | None]]


class Rule(msgspec.Struct, frozen=True):
    """`name` is what a waiver in the manifest calls it; `applies` gives what it is tried on."""

    name: str
    sentence: str
    applies: Applies
    run: Callable[[Trial], Awaitable[None]]


def about_folder(check: Callable[[Subject], None]) -> Rule:
    """A rule about the manifest and the files around it."""

    async def run(trial: Trial) -> None:
        check(trial.subject)

    return rule(check, _once, run)


def about_session(check: Callable[[Case], Awaitable[None]]) -> Rule:
    """A rule about a connection as a whole."""

    async def run(trial: Trial) -> None:
        with at_stage(trial.subject.connector, trial.stage) as case:
            await check(case)

    return rule(check, _once, run)


def about_calls(check: Callable[[Case], Awaitable[None]]) -> Rule:
    """A rule about a connection that calls somebody; a folder of this machine calls nobody, and
    says so by its waiver."""
    whole = about_session(check)

    def applies(manifest: Manifest) -> Iterator[Word | None]:
        folder = any(waiver.rule == _HOSTED for waiver in manifest.waivers)
        return iter(()) if folder and not manifest.hosts else whole.applies(manifest)

    return msgspec.structs.replace(whole, applies=applies)


def about_source(
    *verbs: Verb, pushed: bool = False, only: Callable[[Carries], bool] = lambda carries: True
) -> Callable[[Callable[[SourceCase], Awaitable[None]]], Rule]:
    """A rule about each document that is read with these verbs, or (`pushed`) by webhook, and of
    which the manifest declares what `only` asks."""

    def applies(manifest: Manifest) -> Iterator[Word | None]:
        hooked = set(manifest.webhook.topics.values()) if manifest.webhook else set[Word]()
        for document, carries in manifest.documents.items():
            declared = is_source(carries) and {*verbs} <= {*carries.verbs}
            if declared and only(carries) and (document in hooked or not pushed):
                yield document

    def made(check: Callable[[SourceCase], Awaitable[None]]) -> Rule:
        async def run(trial: Trial) -> None:
            assert trial.document is not None
            with at_stage(trial.subject.connector, trial.stage) as case:
                await check(as_source(case, trial.document))

        return rule(check, applies, run)

    return made


def about_queue(check: Callable[[SourceCase], Awaitable[None]]) -> Rule:
    """A rule about each document whose messages are pulled from a queue."""

    def applies(manifest: Manifest) -> Iterator[Word | None]:
        yield from manifest.queues

    async def run(trial: Trial) -> None:
        assert trial.document is not None
        with at_stage(trial.subject.connector, trial.stage) as case:
            await check(as_source(case, trial.document))

    return rule(check, applies, run)


def about_target(
    *verbs: Verb, where: Callable[[Carries], bool] = bool
) -> Callable[[Callable[[TargetCase], Awaitable[None]]], Rule]:
    """A rule about each document that is written with these verbs, where its manifest says so."""

    def applies(manifest: Manifest) -> Iterator[Word | None]:
        for document, carries in manifest.documents.items():
            if is_target(carries) and {*verbs} <= {*carries.verbs} and where(carries):
                yield document

    def made(check: Callable[[TargetCase], Awaitable[None]]) -> Rule:
        async def run(trial: Trial) -> None:
            assert trial.document is not None
            with at_stage(trial.subject.connector, trial.stage) as case:
                await check(as_target(case, trial.document))

        return rule(check, applies, run)

    return made


def about_what_is_sent(check: Callable[[TargetCase, Path], Awaitable[None]]) -> Rule:
    """A rule about each document that is written, and what the connector's folder says of it."""

    def applies(manifest: Manifest) -> Iterator[Word | None]:
        return (word for word, carries in manifest.documents.items() if "write" in carries.verbs)

    async def run(trial: Trial) -> None:
        assert trial.document is not None
        with at_stage(trial.subject.connector, trial.stage) as case:
            await check(as_target(case, trial.document), trial.subject.folder)

    return rule(check, applies, run)


def is_source(carries: Carries) -> bool:
    """Whether the document is read from the system; to read back what was written is not that."""
    return bool({"since", "census"} & {*carries.verbs}) or "write" not in carries.verbs


def is_target(carries: Carries) -> bool:
    """Whether the document is written to the system."""
    return bool({"write", "amend", "cancel"} & {*carries.verbs})


def _once(manifest: Manifest) -> Iterator[Word | None]:
    yield None


def rule(
    check: Callable[..., object], applies: Applies, run: Callable[[Trial], Awaitable[None]]
) -> Rule:
    """A rule as its check is named and described."""
    sentence = " ".join((inspect.getdoc(check) or "").split())
    return Rule(check.__name__, sentence, applies, run)
