"""Trace: the story of one document, and everything about it that was sent and answered."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from counterfoil.flows import trace as flows_trace
from counterfoil.flows.trace import Story
from counterfoil.govern import redact
from counterfoil.store import entries, links, search
from counterfoil.store.postgres import Database
from counterfoil.store.search import DocumentRoute
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.evidence import Exchange, exchanges
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.values.clock import Instant


class Traced(msgspec.Struct, frozen=True):
    """What was found under an identity: a story for each document and route, and the evidence."""

    identity: str = msgspec.field(name="asked")
    stories: tuple[Story, ...]
    evidence: tuple[Exchange, ...] = ()
    last_seen: Instant | None = None


@asks("trace", money="shown")
async def trace(desk: Desk, identity: str, *, evidence: bool = False) -> Traced:
    """Tell the story of one document, by its number, what any system calls it, or our record; and
    of those that name it, such as what left of it.

    With `evidence`: every request, answer and digest; people and secrets are masked.
    """
    documents = [*await _documents(desk.database, identity)]
    naming = await links.naming(desk.database, [document.subject for document in documents])
    others = await search.of_subjects(desk.database, naming)
    documents += [document for document in others if document not in documents]
    stories: list[Story] = []
    if documents:
        stories = await flows_trace.stories(desk.database, desk.config.routes, documents)
        if desk.hides:
            stories = [masked(story) for story in stories]
    calls = await exchanges(desk.database, stories) if evidence and stories else []
    last = await entries.last_seen(desk.database)
    return Traced(identity, tuple(stories), tuple(calls), last)


def masked(story: Story) -> Story:
    """A story without what may tell of a person."""
    sentences = [
        msgspec.structs.replace(sentence, said=redact.sentence(sentence.said))
        for sentence in story.sentences
    ]
    return msgspec.structs.replace(story, sentences=tuple(sentences))


async def _documents(database: Database, identity: str) -> Sequence[DocumentRoute]:
    """The documents that `identity` may mean: people's numbers before our own."""
    bare = identity.removeprefix("#")
    numbers = sorted({identity, bare, f"#{bare}"})
    documents = await search.by_name(database, numbers, identity=identity)
    if documents or not (bare.isascii() and bare.isdecimal() and len(bare) <= 18):
        return documents
    return await search.by_name(database, [], int(bare))
