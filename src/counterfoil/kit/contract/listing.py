"""Rules about listings: nothing is lost at the edge of a page, and the census can be believed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import msgspec

from counterfoil.kit.connector import Listed, Listing, Reading
from counterfoil.kit.contract.case import SourceCase, demand
from counterfoil.kit.contract.contents import document, truthful
from counterfoil.kit.contract.rule import about_source
from counterfoil.kit.manifest import Carries
from counterfoil.kit.mark import made, shown
from counterfoil.model.document import Document
from counterfoil.values.clock import Instant, later

_MANY = 23  # documents: several pages of at most five
_MOST_PAGES = 200
_HOUR_S = 3600.0


def _has_windows(carries: Carries) -> bool:
    return carries.counts != "state"


@about_source("since")
async def everything_is_listed_oldest_change_first(case: SourceCase) -> None:
    """A listing has every document, over several pages, with the oldest change first, unless the
    manifest says that its vendor sorts by no change."""
    start = await _now(case)
    keys, before, pages = case.added(_MANY), len(case.postman.sent), list[int]()
    readings = await _listed(case, start, pages.append)
    demand({*keys} == {reading.key for reading in readings}, "The listing has not what there is.")
    versions = [reading.version for reading in readings]
    sorted_by_change = versions == sorted(versions)
    demand(
        sorted_by_change or not case.carries.ordered, "The listing is not sorted by the changes."
    )
    calls = len(case.postman.sent) - before if case.manifest.hosts else len(pages)
    demand(calls >= _MANY // 5, f"{_MANY} documents came in {calls} calls: choose smaller pages.")


@about_source("since")
async def a_listing_gives_the_same_twice(case: SourceCase) -> None:
    """Where nothing changed, a listing gives the same again; what has no moment of its own may be
    as old as its answer."""
    start = await _now(case)
    case.added(_MANY)
    first, second = await _listed(case, start), await _listed(case, start)
    same = first == second
    if case.carries.versions == "digest":
        one, other = ([(row.key, row.source) for row in rows] for rows in (first, second))
        same = one == other
    demand(same, "The second listing differs from the first.")


@about_source("since")
async def no_document_is_lost_while_others_move(case: SourceCase) -> None:
    """While a listing is read page by page, documents are changed and added: none is lost, also
    where many changed at the same moment."""
    start = await _now(case)
    keys = case.added(_MANY, apart_s=0.5)

    def stir(page: int) -> None:
        if page < 4:
            keys.append(case.sender.add())
            case.sender.change(keys[page])
            case.clock.move(page % 2 * 1.0)
            case.sender.change(keys[_MANY - 1 - page])

    readings = await _listed(case, start, stir)
    lost = {*keys} - {reading.key for reading in readings}
    demand(not lost, f"{len(lost)} of {len(keys)} documents were never listed.")


@about_source("since")
async def a_change_brings_a_document_back(case: SourceCase) -> None:
    """What is changed is listed again from the last mark on, with a later version; where the mark
    is a moment, what changed at that very moment is inside."""
    keys = case.added(6)
    listing, mark = await _read(case, None)
    goes_on = mark is not None or not case.carries.overlap
    demand(goes_on, "A listing does not say where the next one goes on.")
    first = {reading.key for reading in await _listed(case, mark)}
    # Without a moment of change a mark is when it was asked: later than any change.
    inside = keys[-1] in first or not case.carries.overlap or case.carries.versions == "digest"
    demand(inside, "A document that changed at the mark itself is not listed.")
    before = {reading.key: reading.version for reading in listing}
    case.clock.move(60.0)
    case.sender.change(keys[0])
    after = {reading.key: reading.version for reading in await _listed(case, mark)}
    demand(keys[0] in after, "A document that changed after the mark is not listed.")
    demand(after[keys[0]] > before[keys[0]], "A changed document has not a later version.")


@about_source("since")
async def a_mark_is_what_it_is_declared_to_be(case: SourceCase) -> None:
    """A mark is a moment, and never later than the latest change that was listed; or the manifest
    says that it is the source's own text."""
    case.added(3)
    listing, mark = await _read(case, None)
    if not case.carries.overlap:
        return
    reached = shown(mark)
    demand(reached is not None, f"The mark {mark!r} is no moment: declare overlap = false.")
    latest = max(reading.version for reading in listing)
    believable = reached is not None and reached <= latest
    demand(believable, f"The mark {mark} is later than the latest change, {latest}.")


@about_source("since", "read")
async def what_is_listed_is_what_is_read(case: SourceCase) -> None:
    """A document that is listed and the same one asked for are identical, whole and exact."""
    keys = case.added(9)
    case.sender.change(keys[1])
    listed = {reading.key: document(reading, "listed") for reading in await _listed(case, None)}
    read = {reading.key: document(reading, "read") for reading in await case.source.read(keys)}
    demand(listed.keys() == read.keys(), f"{sorted(listed)} are listed, {sorted(read)} are read.")
    for key, record in listed.items():
        demand(record == read[key], f"{key} is listed as {record}, and read as {read[key]}.")


@about_source("read")
async def what_is_not_there_is_left_out(case: SourceCase) -> None:
    """Of many keys in one call those that there are come back; nothing asked is nothing read."""
    most = case.manifest.documents[case.document].reads
    keys = case.added(max(1, min(most, _MANY) - 1))
    readings = await case.source.read([keys[0], case.stage.unknown, *keys[1:]][:most])
    existing = {*keys[: most - 1]} if most > 1 else {*keys[:1]}
    demand(
        {reading.key for reading in readings} == existing,
        f"{len(readings)} of {len(existing)} were read.",
    )
    demand(len(await case.source.read([])) == 0, "Something was read where nothing was asked.")


@about_source("census", only=_has_windows)
async def the_census_is_what_was_created_in_its_window(case: SourceCase) -> None:
    """The census of a window has what was created in it, the start inside and the end outside,
    and where it counts, it counts the same."""
    if case.carries.counts == "state":
        return
    case.added(3)
    start = case.clock.now()
    keys = case.added(12)
    end = case.clock.now()
    case.added(3)
    rows, count = await census(case, start, end)
    demand([row.key for row in rows] == keys, f"{len(rows)} rows for {len(keys)} documents.")
    demand(count in (None, len(keys)), f"The census counts {count}, and there are {len(keys)}.")


@about_source("census", "since", only=_has_windows)
async def the_census_goes_by_creation_not_by_change(case: SourceCase) -> None:
    """A later change moves a document in the listing and not in the census, which is therefore
    another question."""
    if case.carries.counts == "state":
        return
    start = case.clock.now()
    keys = case.added(8)
    end = case.clock.now()
    before, _ = await census(case, start, end)
    requests = {sent.body + sent.url.encode() for sent in case.postman.sent}
    case.clock.move(_HOUR_S)
    case.sender.change(keys[2])
    after, _ = await census(case, start, end)
    same = [row.key for row in before] == [row.key for row in after]
    demand(same, "A change after the window moved a document out of its place in the census.")
    sent_before = len(case.postman.sent)
    await _listed(case, made(start) if case.carries.overlap else None)
    shared = requests & {sent.body + sent.url.encode() for sent in case.postman.sent[sent_before:]}
    demand(not shared, "The census and the listing ask the very same.")


@about_source("census", "read")
async def the_census_agrees_with_the_documents(case: SourceCase) -> None:
    """A row of the census says of its document what the document says itself."""
    start = case.clock.now()
    keys = case.added(9)
    case.sender.change(keys[3])
    rows, _ = await census(case, start, later(case.clock.now(), 1.0))
    dated = case.carries.versions == "moment"
    rows_by_key = {
        row.key: (row.number, row.version if dated else None, row.measure) for row in rows
    }
    for reading in await case.source.read(keys):
        has = (reading.number, reading.version if dated else None, reading.measure)
        agree = rows_by_key[reading.key] == has
        demand(agree, f"The census says {rows_by_key[reading.key]}, the document {has}.")


@about_source("read")
async def what_is_loaded_is_what_is_read(case: SourceCase) -> None:
    """Where everything can be had at once, it is the same as one by one, in pages of at most
    250."""
    load: Callable[[Instant], AsyncIterator[Listing[Document]]] | None
    load = getattr(case.source, "load", None)
    if load is None:
        return
    start = case.clock.now()
    keys = case.added(_MANY)
    loaded: dict[str, Reading[Document]] = {}
    async for page in load(start):
        demand(len(page.readings) <= 250, f"A page of {len(page.readings)} readings.")
        loaded |= {reading.key: reading for reading in page.readings}
    demand({*keys} == {*loaded}, f"{len(loaded)} of {len(keys)} documents were loaded.")
    for reading in await case.source.read(keys):
        bulk, single = (
            msgspec.structs.replace(version, source=b"")
            for version in (loaded[reading.key], reading)
        )
        demand(bulk == single, f"{reading.key} was loaded otherwise than read.")


async def _now(case: SourceCase) -> str | None:
    """The mark from which on what happens now and later is listed."""
    return made(case.clock.now()) if case.carries.overlap else (await _read(case, None))[1]


async def _listed(
    case: SourceCase, mark: str | None, stir: Callable[[int], None] = lambda page: None
) -> list[Reading[Document]]:
    """All that a whole listing gives; `stir` is called after each page."""
    readings, _ = await _read(case, mark, stir)
    return readings


async def _read(
    case: SourceCase, mark: str | None, stir: Callable[[int], None] = lambda page: None
) -> tuple[list[Reading[Document]], str | None]:
    """A whole listing, and where it says that the next one goes on."""
    readings: list[Reading[Document]] = []
    reached = mark
    cursor: str | None = None
    for page in range(_MOST_PAGES):
        listing = await case.source.since(mark, cursor)
        for reading in listing.readings:
            truthful(reading, "listed")
        readings += listing.readings
        reached = listing.mark or reached
        demand(listing.cursor is None or listing.cursor != cursor, "The same cursor came twice.")
        cursor = listing.cursor
        if cursor is None:
            return readings, reached
        stir(page)
    demand(False, f"The listing had no end after {_MOST_PAGES} pages.")
    return readings, reached


async def census(case: SourceCase, start: Instant, end: Instant) -> tuple[list[Listed], int | None]:
    """A whole census, and the count that its first page gave."""
    first = await case.source.census(start, end, None)
    rows, cursor = [*first.listed], first.cursor
    for _ in range(_MOST_PAGES):
        if cursor is None:
            return rows, first.count
        page = await case.source.census(start, end, cursor)
        rows += page.listed
        cursor = page.cursor
    demand(False, f"The census had no end after {_MOST_PAGES} pages.")
    return rows, first.count
