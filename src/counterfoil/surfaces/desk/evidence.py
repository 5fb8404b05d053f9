"""Evidence, as it is shown: what belongs to the documents asked for, and nobody else's data."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from counterfoil.flows.trace import Story
from counterfoil.govern import redact
from counterfoil.store import entries, evidence, pages, search
from counterfoil.store.evidence import Kept
from counterfoil.store.postgres import Executor
from counterfoil.values.digest import digest


class Exchange(msgspec.Struct, frozen=True):
    """One message, listing or call: what was sent and answered, masked, with whole digests.

    `what` is "message", "listing", "read" (of what a message only named), or the method of a call;
    `at` is ISO 8601, `seconds` text.
    """

    at: str
    what: str
    address: str
    sent: str
    sent_digest: str
    status: int
    seconds: str
    failed: str
    answered: str
    answered_digest: str


async def exchanges(db: Executor, stories: Sequence[Story]) -> list[Exchange]:
    """Everything that was kept about the documents of these stories, in order."""
    records = {record for story in stories for record in story.records}
    keys = {key for story in stories for key in (story.key, story.number, story.identity) if key}
    numbers = await entries.pages_of(db, sorted(records))
    calls = await evidence.found(db, numbers)
    about = [_call(call, keys) for call in calls if not call.records or records & {*call.records}]
    about += await _from_source(db, sorted(records), keys)
    return sorted(
        (exchange for exchange in about if exchange is not None),
        key=lambda exchange: exchange.at,
    )


async def _from_source(
    db: Executor, records: Sequence[int], keys: Collection[str]
) -> list[Exchange | None]:
    """What the source itself said of each version: in a message, in a listing, or when it was read
    because a message had named it."""
    versions = await search.versions(db, await search.of_records(db, records))
    asked_for = {*records}
    by_message = {(row.page, row.place): row.pushed for row in versions if row.id in asked_for}
    sources = await pages.sources(db, list(by_message))
    return [
        _source(moment.format_iso(), _way(by_message[place], whole=whole), source, keys)
        for place, (source, moment, whole) in sources.items()
    ]


def _way(by_message: bool, *, whole: bool) -> str:
    """How the source said it: `whole` in a message of its own, or otherwise."""
    if whole:
        return "message"
    return "read" if by_message else "listing"


def _call(kept: Kept, keys: Collection[str]) -> Exchange | None:
    alone = len(kept.records) == 1
    return Exchange(
        at=kept.at,
        what=kept.method,
        address=redact.address(kept.url),
        sent=_text(kept.sent, keys, alone=alone),
        sent_digest=_digest(kept.sent),
        status=kept.status,
        seconds=kept.seconds,
        failed=kept.failed,
        answered=_text(kept.answered, keys, alone=alone),
        answered_digest=_digest(kept.answered),
    )


def _source(at: str, what: str, body: bytes, keys: Collection[str]) -> Exchange | None:
    """A listing or a message: only what it says of the documents, or nothing."""
    about = redact.parts(body, keys)
    if not about:
        return None
    return Exchange(at, what, "", "", "", 0, "", "", "\n".join(about), _digest(body))


def _text(body: bytes, keys: Collection[str], *, alone: bool) -> str:
    """A body, masked: the whole of it where it speaks of one record, else the parts about ours."""
    if not body:
        return ""
    if alone:
        return redact.masked(body)
    return "\n".join(redact.parts(body, keys)) or redact.summary(body)


def _digest(body: bytes) -> str:
    return digest(body).hex() if body else ""
