"""`trace`: the story of one document, and with --evidence everything that was sent and answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from counterfoil.surfaces.cli.exits import Exit
from counterfoil.surfaces.cli.opening import store
from counterfoil.surfaces.cli.person import iso
from counterfoil.surfaces.cli.say import Say, Spoken

if TYPE_CHECKING:
    from counterfoil.flows.trace import Story
    from counterfoil.store.postgres import Database
    from counterfoil.store.search import DocumentRoute
    from counterfoil.surfaces.evidence import Shown


class Traced(msgspec.Struct, frozen=True):
    """What was found under an identity: a story for each document and route, and the evidence."""

    asked: str
    stories: tuple[Story, ...]
    evidence: tuple[Shown, ...] = ()
    last_seen: str | None = None


async def trace(id: str, /, *, evidence: bool = False, say: Spoken) -> int:
    """Tell the story of one document.

    Args:
        id: Its number (with or without "#"), what any system calls it, or our record number.
        evidence: Show every request, answer and digest; people and secrets are masked.
    """
    from counterfoil.flows import trace as telling
    from counterfoil.store import entries
    from counterfoil.surfaces import evidence as showing

    async with store(say) as (config, database):
        documents = await _documents(database, id)
        stories = await telling.stories(database, config.routes, documents) if documents else []
        shown = await showing.shown(database, stories) if evidence and stories else []
        last = await entries.last_seen(database)
    found = Traced(id, tuple(stories), tuple(shown), iso(last.to_stdlib() if last else None))
    say.answer("trace", found, lambda: _show(say, found, evidence=evidence))
    return Exit.DONE if stories else Exit.DIFFERENCES


async def _documents(database: Database, asked: str) -> Sequence[DocumentRoute]:
    """The documents that `asked` may mean: people's numbers before our own."""
    from counterfoil.store import search

    bare = asked.removeprefix("#")
    numbers = sorted({asked, bare, f"#{bare}"})
    documents = await search.by_name(database, numbers, identity=asked)
    if documents or not (bare.isascii() and bare.isdecimal() and len(bare) <= 18):
        return documents
    return await search.by_name(database, [], int(bare))


def _show(say: Say, found: Traced, *, evidence: bool) -> None:
    if not found.stories:
        seen = f" Something was last seen at {found.last_seen}." if found.last_seen else ""
        say.line(
            f"No system has shown us {found.asked}. It was looked for among people's numbers,"
            f" what any system calls them, and our records.{seen}"
        )
        say.note("`counterfoil route run NAME` asks the source for what is new.")
    for story in found.stories:
        say.heading(
            f"{story.number or story.key} on {story.route}, from {story.source} to"
            f" {story.target}: {story.state}"
        )
        say.lines(story.lines())
        records = ", ".join(str(one) for one in story.records)
        say.line(f"(record {records}; {story.source} calls it {story.key})")
    if evidence:
        _show_evidence(say, found.evidence)


def _show_evidence(say: Say, evidence: Sequence[Shown]) -> None:
    for one in evidence:
        say.line()
        say.heading(f"{one.at}  {one.what}  {one.address}")
        if one.sent:
            say.line(f"sent, digest {one.sent_digest}:")
            say.lines(one.sent.split("\n"))
        ended = one.failed or (f"{one.status} in {one.seconds} s" if one.status else "")
        say.line(f"answered {ended}, digest {one.answered_digest}:".replace(" ,", ","))
        say.lines(one.answered.split("\n"))
    if not evidence:
        say.line("No evidence was kept yet.")
