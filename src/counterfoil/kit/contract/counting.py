"""Rules about what has no list of events: states, batches, contents without a moment, queues, and
what vanishes."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from counterfoil.kit.connector import Hint, Listed, Reading, each
from counterfoil.kit.contract.case import SourceCase, demand
from counterfoil.kit.contract.contents import document, truthful
from counterfoil.kit.contract.listing import census
from counterfoil.kit.contract.rule import about_queue, about_source
from counterfoil.kit.queue import MessageQueue, Pulled
from counterfoil.kit.vanishing import Vanishes
from counterfoil.model.document import Batch, Document, adds_up

_MANY = 23
_FEW = 9
_MOST_BATCHES = 200


@about_source("census", "read", only=lambda carries: carries.counts == "state")
async def every_state_is_in_the_round(case: SourceCase) -> None:
    """A round has each document that stands, once, with the value that it has now, and none that
    has ended; it is another question than the listing."""
    keys = case.added(_MANY)
    await _round(case)
    requests = {sent.body + sent.url.encode() for sent in case.postman.sent}
    await _round_is(case, keys)
    case.clock.move(60.0)
    case.sender.change(keys[2])
    await _round_is(case, keys)
    end: Callable[[str], None] | None = getattr(case.sender, "end", None)
    if end is not None:
        end(keys[4])
        rows = {row.key for row in await _round(case)}
        demand(keys[4] not in rows, f"{keys[4]} has ended, and is in the round.")
    before = len(case.postman.sent)
    await case.source.since(None, None)
    shared = requests & {sent.body + sent.url.encode() for sent in case.postman.sent[before:]}
    demand(not shared, "The round and the listing ask the very same.")


async def _round(case: SourceCase) -> list[Listed]:
    now = case.clock.now()
    rows, _ = await census(case, now, now)
    return rows


async def _round_is(case: SourceCase, keys: list[str]) -> None:
    """The round has these documents, each with the value that it has when it is read."""
    rows = await _round(case)
    listed = sorted(row.key for row in rows)
    demand(listed == sorted(keys), f"{len(rows)} rows for {len(keys)} documents that stand.")
    values = {row.key: row.measure for row in rows}
    for reading in await case.source.read(keys):
        value = values[reading.key]
        agree = value == reading.measure
        demand(agree, f"The round has {value} for {reading.key}, which is {reading.measure}.")


@about_source("read", only=lambda carries: carries.counts == "batches")
async def a_batch_is_whole_or_says_so(case: SourceCase) -> None:
    """The entries of a batch come to what is at stake in it, or it says that its source does not
    have all of them yet."""
    for reading in await case.source.read(case.added(_FEW)):
        batch = cast("Batch", document(reading, "read"))
        demand(
            adds_up(batch) or not batch.complete,
            f"The entries of {reading.key} do not come to {batch.measure}, and it is complete.",
        )


@about_source("read", only=lambda carries: carries.versions == "digest")
async def the_same_content_is_the_same_version(case: SourceCase) -> None:
    """What is read again later, and did not change, has the same content or the same object of its
    source; what changed has neither."""
    keys = case.added(_FEW)
    first = {reading.key: reading for reading in await case.source.read(keys)}
    case.clock.move(3600.0)
    for reading in await case.source.read(keys):
        same = _same(first[reading.key], reading)
        demand(same, f"{reading.key} is another version an hour later, and nothing changed.")
    case.sender.change(keys[0])
    (changed,) = await case.source.read(keys[:1])
    demand(not _same(first[keys[0]], changed), f"{keys[0]} changed, and its content is the same.")


@about_source("read", only=lambda carries: carries.vanishes_s > 0)
async def what_vanished_is_void(case: SourceCase) -> None:
    """What its source does not tell of any more is the same document, void, by what was kept of
    it; and the same again, whenever it is read."""
    key = case.added(3)[1]
    (before,) = await case.source.read([key])
    case.clock.move(60.0)
    end = cast("Callable[[str], None]", case.sender.end)  # type: ignore[attr-defined]
    end(key)
    demand(not await case.source.read([key]), f"{key} has vanished, and is read.")
    source = cast("Vanishes[Document]", case.source)
    void = source.vanished(before.source, case.clock.now())
    first, last = document(before, "read"), document(void, "void")
    demand(last.gone and void.key == key, f"{key} has vanished, and is not void.")
    demand(last.version > first.version, f"{key} is void in a version that is not newer.")
    same = (last.born, last.measure) == (first.born, first.measure)
    demand(same, f"{key} is another document since it is void.")
    case.clock.move(60.0)
    now = case.clock.now()
    for again in (source.reread(void.source, now), source.vanished(void.source, now)):
        demand(again.document == last, f"{key} is void once more, as another version.")


def _same(first: Reading[Document], second: Reading[Document]) -> bool:
    return first.document == second.document or (
        bool(first.source) and first.source == second.source
    )


@about_source("read", pushed=True)
async def a_hint_can_be_read(case: SourceCase) -> None:
    """What a message only names can be read by the keys that it gives, as it is after what the
    message is about."""
    key = case.added(3)[1]
    (before,) = await case.source.read([key])
    case.clock.move(60.0)
    case.sender.change(key)
    messages = each(case.source.parse(case.sender.pushed(key), case.clock.now()))
    named = [name for hint in messages if isinstance(hint, Hint) for name in hint.keys]
    if not named:
        return
    readings = {reading.key: reading for reading in await case.source.read(named)}
    lost = sorted({*named} - readings.keys())
    demand(not lost, f"A message names {', '.join(lost)}, which cannot be read.")
    demand(key in readings, f"The message about {key} names others: {', '.join(named)}.")
    later = readings[key].version > before.version
    demand(later, f"{key} is read as it was before the message about it.")


@about_queue
async def what_is_pulled_comes_again_until_it_is_acknowledged(case: SourceCase) -> None:
    """What was pulled and not acknowledged comes again, to anybody; what was does not, and to say
    so twice does no harm."""
    keys = case.added(_FEW)
    first = await _pulled(case.session.queues[case.document])
    queue = case.open().queues[case.document]
    again = await _pulled(queue)
    demand(first.messages == again.messages, "What was pulled was not acknowledged, and is gone.")
    named: set[str] = set()
    receipts: set[str] = set()
    batch: Pulled | None = again
    for _ in range(_MOST_BATCHES):
        if batch is None:
            break
        named |= _named(case, batch)
        demand(batch.receipt not in receipts, "What was acknowledged comes again.")
        receipts.add(batch.receipt)
        await queue.acknowledge(batch.receipt)
        batch = await queue.pull()
    lost = sorted({*keys} - named)
    demand(not lost, f"{', '.join(lost)} did not come out of the queue.")
    await queue.acknowledge(again.receipt)
    new = case.sender.add()
    demand(new in _named(case, await _pulled(queue)), f"{new} did not come out of the queue.")


async def _pulled(queue: MessageQueue) -> Pulled:
    batch = await queue.pull()
    demand(batch is not None and bool(batch.messages), "The queue is empty.")
    assert batch is not None
    return batch


def _named(case: SourceCase, batch: Pulled) -> set[str]:
    """The documents that the messages of a batch are about, as the source itself reads them."""
    keys: set[str] = set()
    for laid in batch.messages:
        for message in each(case.source.parse(laid.body, case.clock.now())):
            if isinstance(message, Hint):
                keys |= {*message.keys}
            else:
                truthful(message, "pulled")
                keys.add(message.key)
    return keys
