"""What one rule is tried on: the connector's folder, or the connector open on a fresh stage."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, cast

from counterfoil.kit.connector import (
    ALONE,
    Answer,
    Connector,
    Informed,
    Inputs,
    Intent,
    LooksFirst,
    Pending,
    Session,
    Source,
    Target,
    Works,
    Written,
)
from counterfoil.kit.contract.book import OpenBook, StrictBook
from counterfoil.kit.contract.clock import StoppedClock
from counterfoil.kit.contract.keyring import Keyring
from counterfoil.kit.contract.stage import Receiver, Sender, Stage, StageMaker
from counterfoil.kit.contract.wires import Postman
from counterfoil.kit.manifest import Carries, Manifest
from counterfoil.kit.setup import Account, Means, open_connection
from counterfoil.model.document import Document
from counterfoil.model.words import Word

WHERE = "contract"
"""The name of the connection that every rule opens."""
_ASKED_MOST = 50


class Broken(AssertionError):
    """A rule is broken; the text says how."""


def demand(holds: bool, sentence: str) -> None:
    """Raise `Broken` with `sentence` unless it holds."""
    if not holds:
        raise Broken(sentence)


class Subject(NamedTuple):
    """A connector, the folder that it lives in, the folder of its tests, and every rule's name."""

    connector: Connector
    folder: Path
    tests: Path
    rules: frozenset[str]

    @property
    def manifest(self) -> Manifest:
        """What the connector says of itself."""
        return self.connector.manifest


@dataclass
class Case:
    """A connector beside a stage: `open` puts it on, as often as a rule likes."""

    connector: Connector
    stage: Stage
    clock: StoppedClock
    book: OpenBook
    postman: Postman
    tokens: Keyring

    @property
    def manifest(self) -> Manifest:
        """What the connector says of itself."""
        return self.connector.manifest

    def open(self, secrets: Mapping[str, str] | None = None) -> Session:
        """A new session, with the stage's own secrets or others."""
        stage = self.stage
        values = stage.secrets if secrets is None else secrets
        account = Account(WHERE, stage.url, settings=stage.settings)
        means = Means(self.clock, self.postman, self.book, "contract", self.tokens)
        return open_connection(
            self.connector, account, means, secret=values.__getitem__, maps=stage.maps
        )


@dataclass
class SourceCase(Case):
    """A source that is open, and the vendor's side of it."""

    document: Word
    session: Session
    source: Source[Document]
    sender: Sender

    @property
    def carries(self) -> Carries:
        """What the manifest declares of the document."""
        return self.manifest.documents[self.document]

    def added(self, count: int, apart_s: float = 1.0) -> list[str]:
        """The keys of `count` new documents; time passes after every third, so that there are
        ties."""
        keys: list[str] = []
        for index in range(count):
            keys.append(self.sender.add())
            self.clock.move(apart_s if index % 3 == 2 else 0.0)
        self.clock.move(apart_s)
        return keys


@dataclass
class TargetCase(Case):
    """A target that is open, and the vendor's side of it."""

    document: Word
    session: Session
    target: Target[Document]
    receiver: Receiver

    async def composed(self, number: int) -> Intent:
        """The intent of the receiver's document of this number."""
        return await composed(self, self.document, self.target, self.receiver.document(number))

    async def written(self, intent: Intent) -> Answer:
        """The answer to a whole write: to all of its steps, and to the job that it may become."""
        answers: list[Written] = []
        while True:
            (answer,) = await self.target.write([intent.call(answers)])
            if isinstance(answer, Pending):
                answer = await self.done(answer)
            if not isinstance(answer, Written):
                return answer
            answers.append(answer)
            if len(answers) >= len(intent.steps):
                return answers[0]

    async def done(self, job: Pending) -> Answer:
        """What came of a job, which is asked for when it says; `Broken` where it never ends."""
        for _ in range(_ASKED_MOST):
            self.clock.move(max(job.after_s, 1.0))
            answers = await cast("Works[Document]", self.target).outcome([job.ticket])
            demand(job.ticket in answers, f"Of the job {job.ticket} nothing is known any more.")
            answer = answers[job.ticket]
            if not isinstance(answer, Pending):
                return answer
            job = answer
        raise Broken(
            f"The job {job.ticket} was not done after it was asked for {_ASKED_MOST} times."
        )


def known(case: Case, document: Document) -> Inputs:
    """What the vendor calls the documents that this one names."""
    names = case.stage.names
    return Inputs({ref: names[ref] for ref in document.refs if ref in names})


async def inputs_of(case: Case, word: Word, target: Target[Any], document: Document) -> Inputs:
    """What a document is composed of beside itself, asked as the house asks before a write."""
    inputs = known(case, document)
    if not case.manifest.documents[word].reads_first:
        return inputs
    (there,) = await cast("LooksFirst[Document]", target).there([document], [inputs])
    return Inputs(inputs.names, there)


def compose(target: Target[Any], document: Document, inputs: Inputs) -> Intent:
    """The intent of a document, by these inputs where it has any."""
    if inputs == ALONE:
        return target.compose(document)
    return cast("Informed[Document]", target).compose(document, inputs)


async def composed(case: Case, word: Word, target: Target[Any], document: Document) -> Intent:
    """The intent of a document, by all that the house would know of it."""
    return compose(target, document, await inputs_of(case, word, target, document))


@contextmanager
def at_stage(connector: Connector, make: StageMaker) -> Generator[Case]:
    """The connector beside a fresh stage."""
    clock = StoppedClock()
    with make(clock) as stage:
        yield Case(connector, stage, clock, StrictBook(), Postman(stage.wire), Keyring())


def as_source(case: Case, document: Word) -> SourceCase:
    """The case with its source open. Raises `Broken` where the session or the stage has none."""
    demand(document in case.stage.senders, f"The stage has no sender of {document}s.")
    session = case.open()
    demand(document in session.sources, f"The session has no {document} source.")
    sender, source = case.stage.senders[document], session.source(document)
    return SourceCase(
        **vars(case), document=document, session=session, source=source, sender=sender
    )


def as_target(case: Case, document: Word) -> TargetCase:
    """The case with its target open. Raises `Broken` where the session or the stage has none."""
    demand(document in case.stage.receivers, f"The stage has no receiver of {document}s.")
    session = case.open()
    demand(document in session.targets, f"The session has no {document} target.")
    receiver, target = case.stage.receivers[document], session.target(document)
    return TargetCase(
        **vars(case), document=document, session=session, target=target, receiver=receiver
    )
