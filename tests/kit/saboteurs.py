"""Connectors that break one rule each: so that the contract suite is seen to bite."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from counterfoil.connectors import orderwise, shopify
from counterfoil.kit.connector import (
    ALONE,
    Connector,
    Inputs,
    Intent,
    Opening,
    Seen,
    Session,
    Written,
)
from counterfoil.kit.contract import OpenBook
from counterfoil.kit.manifest import Limit
from counterfoil.kit.mark import made, moment
from counterfoil.kit.throttle import Throttle
from counterfoil.kit.transport import Destination, Lost, Transport
from counterfoil.mapping.losses import Loss
from counterfoil.model.order import Order
from counterfoil.values.clock import Instant, later
from counterfoil.values.errors import CounterfoilError, Hold, Retry, Settle, SignIn


class Worse:
    """A port that behaves as another one does, but for what a saboteur overrides."""

    def __init__(self, port: Any, opening: Opening) -> None:
        self.port = port
        self.opening = opening

    def __getattr__(self, name: str) -> Any:
        return getattr(self.port, name)


def source(worse: type[Worse]) -> Connector:
    """Shopify's connector with a worse source."""

    def opened(opening: Opening) -> Session:
        session = shopify.CONNECTOR.open(opening)
        ports = {"order": worse(session.sources["order"], opening)}
        return msgspec.structs.replace(session, sources=ports)

    return msgspec.structs.replace(shopify.CONNECTOR, open=opened)


def target(worse: type[Worse]) -> Connector:
    """OrderWise's connector with a worse target."""

    def opened(opening: Opening) -> Session:
        session = orderwise.CONNECTOR.open(opening)
        ports = {**session.targets, "order": worse(session.targets["order"], opening)}
        return msgspec.structs.replace(session, targets=ports)

    return msgspec.structs.replace(orderwise.CONNECTOR, open=opened)


def looking(worse: type[Looks]) -> Connector:
    """OrderWise's connector with a target that is read first."""
    order = msgspec.structs.replace(
        orderwise.CONNECTOR.manifest.documents["order"], reads_first=True
    )
    documents = {**orderwise.CONNECTOR.manifest.documents, "order": order}
    manifest = msgspec.structs.replace(orderwise.CONNECTOR.manifest, documents=documents)
    return msgspec.structs.replace(target(worse), manifest=manifest)


def changed(reading: Any, **fields: Any) -> Any:
    document = msgspec.structs.replace(reading.document, **fields)
    return msgspec.structs.replace(reading, document=document)


def mumbling() -> Connector:
    """OrderWise's connector with a probe that says nothing."""

    async def probe() -> str:
        return "ok"

    def opened(opening: Opening) -> Session:
        return msgspec.structs.replace(orderwise.CONNECTOR.open(opening), probe=probe)

    return msgspec.structs.replace(orderwise.CONNECTOR, open=opened)


def unbridled() -> Connector:
    """OrderWise's connector, which has found a way around its limits."""

    def opened(opening: Opening) -> Session:
        own = opening.transport
        endless = {"calls": Limit("rate", 10**6, "our own opinion", 1e6)}
        throttle = Throttle("own", endless, OpenBook(), opening.clock, "test")
        transport = Transport(
            Destination(own.url, ("*",)), wire=own._wire, throttle=throttle, clock=opening.clock
        )
        return orderwise.CONNECTOR.open(msgspec.structs.replace(opening, transport=transport))

    return msgspec.structs.replace(orderwise.CONNECTOR, open=opened)


# --- sources ---


class Crashes(Worse):
    def parse(self, body: bytes, at: Instant) -> Any:
        return self.port.parse(body, at) if len(body) > 4 else {}[body]


class Trusts(Worse):
    def parse(self, body: bytes, at: Instant) -> Any:
        msgspec.json.decode(body)["line_items"][0]["price"].strip()
        return self.port.parse(body, at)


class ReadsTheClock(Worse):
    def parse(self, body: bytes, at: Instant) -> Any:
        reading = self.port.parse(body, at)
        return msgspec.structs.replace(reading, created=self.opening.clock.now())


class PushesLess(Worse):
    def parse(self, body: bytes, at: Instant) -> Any:
        return changed(self.port.parse(body, at), note="")


class CountsInFloats(Worse):
    async def read(self, keys: Sequence[str]) -> Any:
        return [
            changed(one, tax_minor=float(one.document.tax_minor))
            for one in await self.port.read(keys)
        ]


class ReadsWhatIsNotThere(Worse):
    async def read(self, keys: Sequence[str]) -> Any:
        found = await self.port.read(keys)
        return [*found, *(msgspec.structs.replace(one, key="0") for one in found[:1])]


class PagesByOffset(Worse):
    """The classic: the twelfth row is looked for after somebody has moved the third to the end."""

    async def since(self, mark: str | None, cursor: str | None) -> Any:
        listing = await self.port.since(mark, None)
        found = [*listing.readings]
        while listing.cursor is not None:
            listing = await self.port.since(mark, listing.cursor)
            found += listing.readings
        at = int(cursor or 0)
        more = str(at + 5) if at + 5 < len(found) else None
        return msgspec.structs.replace(listing, readings=tuple(found[at : at + 5]), cursor=more)


class SkipsTies(Worse):
    """The other classic: the next page begins after the moment at which the last one ended."""

    async def since(self, mark: str | None, cursor: str | None) -> Any:
        start = moment(mark)
        listing = await self.port.since(made(later(start, 1.0)) if start else None, cursor)
        seen = {one.version: one for one in listing.readings}
        return msgspec.structs.replace(listing, readings=tuple(seen.values()))


class MarksByNow(Worse):
    """It says that it has seen what has not changed yet."""

    async def since(self, mark: str | None, cursor: str | None) -> Any:
        listing = await self.port.since(mark, cursor)
        return msgspec.structs.replace(listing, mark=made(later(self.opening.clock.now(), 60.0)))


class ListsBackwards(Worse):
    async def since(self, mark: str | None, cursor: str | None) -> Any:
        listing = await self.port.since(mark, cursor)
        return msgspec.structs.replace(listing, readings=listing.readings[::-1])


class ListsDifferently(Worse):
    turn = itertools.count()

    async def since(self, mark: str | None, cursor: str | None) -> Any:
        listing = await self.port.since(mark, cursor)
        number = str(next(self.turn))
        readings = [msgspec.structs.replace(one, number=number) for one in listing.readings]
        again = [changed(one, number=number) for one in readings]
        return msgspec.structs.replace(listing, readings=tuple(again))


class ListsOneFieldLess(Worse):
    async def since(self, mark: str | None, cursor: str | None) -> Any:
        listing = await self.port.since(mark, cursor)
        readings = tuple(changed(one, email="") for one in listing.readings)
        return msgspec.structs.replace(listing, readings=readings)


class ClosesTheEnd(Worse):
    async def census(self, start: Instant, end: Instant, cursor: str | None) -> Any:
        return await self.port.census(start, later(end, 1.0), cursor)


class CountsChanges(Worse):
    """A census that is the listing under another name."""

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> Any:
        page = await self.port.census(start, later(end, 7200.0), cursor)
        rows = sorted(page.listed, key=lambda row: row.version)
        inside = tuple(row for row in rows if start <= row.version < end)
        return msgspec.structs.replace(page, listed=inside, count=None)


class MiscountsMoney(Worse):
    async def census(self, start: Instant, end: Instant, cursor: str | None) -> Any:
        page = await self.port.census(start, end, cursor)
        rows = [msgspec.structs.replace(row, total_minor=0) for row in page.listed]
        return msgspec.structs.replace(page, listed=tuple(rows))


class LoadsLess(Worse):
    async def load(self, start: Instant | None) -> Any:
        async for page in self.port.load(start):
            yield msgspec.structs.replace(page, readings=page.readings[1:])


class KeepsLess(Worse):
    def reread(self, source: bytes, at: Instant) -> Any:
        return changed(self.port.reread(source, at), note="kept without its note")


SOURCES: dict[type[Worse], str] = {
    Crashes: "any_bytes_are_read_or_refused",
    Trusts: "any_member_may_be_wrong",
    ReadsTheClock: "a_message_is_read_the_same_every_time",
    PushesLess: "what_is_pushed_is_what_is_read",
    KeepsLess: "what_is_kept_is_read_again",
    CountsInFloats: "what_is_listed_is_what_is_read",
    ReadsWhatIsNotThere: "what_is_not_there_is_left_out",
    PagesByOffset: "no_document_is_lost_while_others_move",
    SkipsTies: "a_change_brings_a_document_back",
    MarksByNow: "a_mark_is_what_it_is_declared_to_be",
    ListsBackwards: "everything_is_listed_oldest_change_first",
    ListsDifferently: "a_listing_gives_the_same_twice",
    ListsOneFieldLess: "what_is_listed_is_what_is_read",
    ClosesTheEnd: "the_census_is_what_was_created_in_its_window",
    CountsChanges: "the_census_goes_by_creation_not_by_change",
    MiscountsMoney: "the_census_agrees_with_the_documents",
    LoadsLess: "what_is_loaded_is_what_is_read",
}


# --- targets ---


class Numbers(Worse):
    turn = itertools.count()

    def compose(self, document: Order) -> Intent:
        intent = self.port.compose(document)
        payload = intent.payload + b" " * next(self.turn)
        return msgspec.structs.replace(intent, payload=payload)


class ComposesFloats(Worse):
    def compose(self, document: Order) -> Intent:
        intent = self.port.compose(document)
        payload = intent.payload[:-1] + b',"rate":0.30000000000000004}'
        return msgspec.structs.replace(intent, payload=payload)


class ExpectsFloats(Worse):
    def compose(self, document: Order) -> Intent:
        intent = self.port.compose(document)
        return msgspec.structs.replace(intent, expect={**intent.expect, "rate": 0.2})


class SendsNoReference(Worse):
    def compose(self, document: Order) -> Intent:
        return msgspec.structs.replace(self.port.compose(document), reference=f"x{document.key}")


class ExpectsLess(Worse):
    def compose(self, document: Order) -> Intent:
        intent = self.port.compose(document)
        return msgspec.structs.replace(intent, expect={"reference": intent.reference})


class Guesses(Worse):
    def compose(self, document: Order) -> Intent:
        try:
            return self.port.compose(document)
        except Hold:
            return self.port.compose(msgspec.structs.replace(document, shipping=(), total_minor=0))


class HoldsWithoutAName(Worse):
    def compose(self, document: Order) -> Intent:
        try:
            return self.port.compose(document)
        except Hold as hold:
            raise Hold("Something is unknown.", code=hold.code) from None


class ShowsTooLittle(Worse):
    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        found = await self.port.read(references)
        return {
            reference: [msgspec.structs.replace(one, fields={}) for one in seen]
            for reference, seen in found.items()
        }


class ShowsOne(Worse):
    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        found = await self.port.read(references)
        return {reference: seen[:1] for reference, seen in found.items()}


class ShowsNothings(Worse):
    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        found = await self.port.read(references)
        return {reference: found.get(reference, ()) for reference in references}


class SendsTwice(Worse):
    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        try:
            return await self.port.write(intents)
        except Settle:
            return await self.port.write(intents)


class GivesNoIdentity(Worse):
    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        await self.port.write(intents)
        return [Written("") for _ in intents]


class TriesAgain(Worse):
    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        try:
            return await self.port.write(intents)
        except CounterfoilError as error:
            raise Retry(error.said, do=error.do, after_s=1.0) from None


class Believes(Worse):
    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        try:
            return await self.port.write(intents)
        except Settle:
            return [Written("1") for _ in intents]


class Settles(Worse):
    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        try:
            return await self.port.write(intents)
        except Retry as error:
            raise Settle(error.said, do=error.do) from None


class SettlesWhatNeverLeft(Settles): ...


class SettlesNothing(TriesAgain): ...


class HidesTheSignIn(Worse):
    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        try:
            return await self.port.write(intents)
        except SignIn as error:
            raise Hold(error.said) from None


class Gossips(Worse):
    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        try:
            return await self.port.write(intents)
        except CounterfoilError as error:
            error.do = f"Sign in by hand with {self.opening.secret('password')}."
            raise


class ReadsAgain(Worse):
    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        try:
            return await self.port.read(references)
        except CounterfoilError as error:
            raise Retry(error.said, do=error.do, after_s=1.0) from None


class LosesInSilence(Worse):
    def compose(self, document: Order) -> Intent:
        return msgspec.structs.replace(
            self.port.compose(document), losses=(Loss("email", "no-member", ""),)
        )


class LeavesTheNote(Worse):
    def compose(self, document: Order) -> Intent:
        return self.port.compose(msgspec.structs.replace(document, note=""))


class GoesElsewhere(Worse):
    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        wire = self.opening.transport._wire
        with suppress(Lost):
            await wire.send("GET", "https://elsewhere.example/", {}, b"", 1.0)
        return await self.port.read(references)


class Cancels(Worse):
    async def cancel(self, references: Sequence[str]) -> None: ...


class DoesNotPay(Worse):
    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        for _ in range(4):
            await self.opening.transport.call("GET", "/value-lists/2", writes=False)
        return await self.port.read(references)


class Looks(Worse):
    """Composes only of what it was told of just this document."""

    async def there(self, documents: Sequence[Order], inputs: Sequence[Inputs]) -> list[bytes]:
        return [msgspec.json.encode(document.key) for document in documents]

    def compose(self, document: Order, inputs: Inputs = ALONE) -> Intent:
        assert inputs.held(str) == document.key
        return self.port.compose(document)


class LooksAtTheFirst(Looks):
    async def there(self, documents: Sequence[Order], inputs: Sequence[Inputs]) -> list[bytes]:
        (first, *_) = await super().there(documents, inputs)
        return [first for _ in documents]


class LooksAtSome(Looks):
    async def there(self, documents: Sequence[Order], inputs: Sequence[Inputs]) -> list[bytes]:
        return (await super().there(documents, inputs))[:4]


TARGETS: dict[type[Worse], str] = {
    Numbers: "composing_is_pure",
    ComposesFloats: "no_float_is_composed",
    ExpectsFloats: "no_float_is_composed",
    SendsNoReference: "the_payload_carries_its_reference",
    ExpectsLess: "the_payload_carries_its_reference",
    Guesses: "an_unknown_word_is_held_and_names_its_map",
    HoldsWithoutAName: "an_unknown_word_is_held_and_names_its_map",
    ShowsTooLittle: "what_was_written_is_seen",
    ShowsOne: "a_repeated_write_does_what_its_class_says",
    ShowsNothings: "what_is_not_held_is_left_out",
    SendsTwice: "an_unanswered_write_is_found_once",
    GivesNoIdentity: "every_document_has_its_answer",
    TriesAgain: "a_vendors_own_failure_is_told_by_what_was_asked",
    SettlesNothing: "silence_is_told_by_what_was_asked",
    ReadsAgain: "an_unknown_status_is_never_tried_again",
    LosesInSilence: "losses_are_told_in_sentences",
    LeavesTheNote: "nothing_is_left_behind_in_silence",
    GoesElsewhere: "only_the_vendors_hosts_are_called",
    Believes: "a_good_status_is_not_success",
    Settles: "a_busy_vendor_is_tried_later",
    SettlesWhatNeverLeft: "what_never_left_is_tried_later",
    HidesTheSignIn: "a_wrong_credential_is_told_as_such",
    Gossips: "no_secret_is_ever_shown",
    Cancels: "verbs_exist_exactly_where_they_are_declared",
    DoesNotPay: "every_call_is_paid_for",
}
