"""Search: documents by number, identity or customer, and by state, day of creation and amount."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing

import msgspec

from counterfoil.flows.trace import Need, waited_for
from counterfoil.govern import gate
from counterfoil.ledger.account import State
from counterfoil.model.words import title
from counterfoil.store import search as store
from counterfoil.store.postgres import Database
from counterfoil.store.search import DocumentRow, Wanted
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.amount import Amount
from counterfoil.surfaces.desk.figures import counted, instant_of
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.surfaces.desk.people import MOST, seek
from counterfoil.surfaces.desk.period import Period
from counterfoil.surfaces.desk.routes import check_route
from counterfoil.values.clock import Instant, later
from counterfoil.values.errors import Misconfigured
from counterfoil.values.ids import RecordId
from counterfoil.values.money import Money
from counterfoil.values.nearest import near

_LAST = "\U0010ffff"
_DAYS = 30  # that are looked through for a customer, where no period is given


class Document(msgspec.Struct, frozen=True):
    """One document on one route, as it stands. `by` is what of its customer fitted ("e-mail",
    "name" or "postcode") and `customer` who that is, masked; empty where nobody was sought.
    `waits_for` are the other documents that it waits for."""

    record: int
    number: str
    key: str
    route: str
    state: str
    money: Money | None
    created: Instant | None
    by: str = ""
    customer: str = ""
    waits_for: tuple[Need, ...] = ()


class Sought(msgspec.Struct, frozen=True):
    """What is sought: a text, and beside it a period, states, an amount and a route.

    `people`: a customer is sought at once, whatever numbers begin so. At most `limit` are found.
    """

    text: str = ""
    when: Period = Period()
    states: tuple[int, ...] = ()
    amount: Amount | None = None
    route: str | None = None
    people: bool = False
    limit: int = 50

    def wanted(self) -> Wanted:
        """Which documents are wanted, whatever the text."""
        return Wanted(
            start=self.when.start.to_stdlib() if self.when.start is not None else None,
            until=self.when.until.to_stdlib() if self.when.until is not None else None,
            states=list(self.states) or None,
            minors=self.amount.minors() if self.amount is not None else None,
            route=self.route,
        )

    @property
    def filtered(self) -> bool:
        """Whether anything was asked beside a text."""
        return self.when != Period() or bool(self.states or self.amount or self.route)

    def check(self) -> None:
        """Raise `Misconfigured` where nothing at all is sought."""
        if not self.text and not self.filtered:
            raise Misconfigured(
                "Say what is sought.",
                do="Give a number, an identity or a customer; or --state, --from, --to, --amount.",
            )


class Documents(msgspec.Struct, frozen=True):
    """What was found, whether there is more, and where was looked.

    `looked_through` says among how many customers; empty where none was sought.
    """

    documents: tuple[Document, ...]
    more: bool
    where: str
    looked_through: str = ""


@asks("search", money="shown")
async def search(desk: Desk, sought: Sought) -> Documents:
    """Find documents by number, by a system's identity, or by customer; and by how they stand.

    Raises `Misconfigured` where nothing is sought, or there is no such route.
    """
    sought.check()
    await check_route(desk.database, sought.route)
    rows: list[DocumentRow] = []
    if not (sought.people and sought.text):
        rows = await _by_words(desk.database, sought)
    if sought.text and not rows:
        gate.check(desk.role, "search people", reads=True, scopes=desk.scopes)
        return await _waiting(desk, await _by_customer(desk, sought))
    answer = _documents(sought, [_document(row) for row in rows], _looked(sought))
    return await _waiting(desk, answer)


async def _waiting(desk: Desk, answer: Documents) -> Documents:
    """The answer, with what each document waits for."""
    waiting = [
        RecordId(document.record)
        for document in answer.documents
        if document.state == State.WAITING.word
    ]
    needs = await waited_for(desk.database, waiting)
    documents = [
        msgspec.structs.replace(document, waits_for=needs.get(RecordId(document.record), ()))
        for document in answer.documents
    ]
    return msgspec.structs.replace(answer, documents=tuple(documents))


def states_of(word: str | None) -> tuple[int, ...]:
    """The states that a word names, in either spelling. Raises `Misconfigured` where it is none."""
    if word is None:
        return ()
    states = {state.word: int(state) for state in State}
    plain = word.strip().lower().replace("-", "_")
    if plain not in states:
        raise Misconfigured(
            f"{word[:40]!r} is no state that a document stands in.",
            do=f"{near(plain, states)} All of them: {', '.join(states)}.",
            where="--state",
        )
    return (states[plain],)


def _documents(
    sought: Sought, documents: Sequence[Document], where: str, looked_through: str = ""
) -> Documents:
    """At most as many as were asked for; one more was looked for, to know whether there is."""
    first = tuple(documents[: sought.limit])
    return Documents(first, len(documents) > sought.limit, where, looked_through)


async def _by_words(database: Database, sought: Sought) -> list[DocumentRow]:
    """By the beginning of a number, else by an identity; by the rest alone where there is none."""
    text, filters = sought.text, sought.wanted()
    if not text:
        return await _rows(database, filters, sought)
    bare = text.removeprefix("#")
    begins = (bare, bare + _LAST, f"#{bare}", f"#{bare}{_LAST}")
    rows = await _rows(database, filters._replace(numbers=begins), sought)
    if rows:
        return rows
    documents = await store.by_name(database, [], identity=text)
    subjects = [document.subject for document in documents]
    return await _rows(database, filters._replace(subjects=subjects), sought) if subjects else []


async def _rows(database: Database, filters: Wanted, sought: Sought) -> list[DocumentRow]:
    fitting: list[DocumentRow] = []
    async with (
        database.transaction() as unit,
        aclosing(store.documents(unit, filters)) as rows,
    ):
        async for row in rows:
            if sought.amount is None or sought.amount.fits(row):
                fitting.append(row)
            if len(fitting) == sought.limit + 1:
                break
    return fitting


async def _by_customer(desk: Desk, sought: Sought) -> Documents:
    """By whom they are for, and a sentence how far was looked."""
    if sought.when == Period():
        recent = Period(later(desk.clock.now(), -_DAYS * 86_400.0))
        sought = msgspec.structs.replace(sought, when=recent)
    seek_ = await seek(desk.database, sought.text, sought.wanted(), sought.limit + 1)
    noun = title(*(plan.document for plan in desk.config.routes.values()))
    looked = counted(seek_.looked, noun.one, noun.many)
    through = (
        f"Names, e-mails and postcodes of {looked} were looked through, created {sought.when}."
    )
    if seek_.unread:
        unread = counted(seek_.unread, noun.one, noun.many)
        through += f" {unread} of them could not be read when they came."
    if seek_.looked == MOST:
        through += f" No more than {MOST:,} are looked through: the older ones were not."
    fits = [hit for hit in seek_.hits if sought.amount is None or sought.amount.fits(hit.row)]
    documents = [_document(hit.row, hit.by, hit.customer) for hit in fits]
    return _documents(sought, documents, f"{_looked(sought)} {through}", through)


def _looked(sought: Sought) -> str:
    """Where was looked, where nothing was found."""
    if not sought.text:
        return "No document is as you asked."
    filtered = sought.states or sought.amount or sought.route
    among = " among what you asked for" if filtered else ""
    bare = sought.text.removeprefix("#")
    return f"No number begins with {bare}, and no system calls anything {sought.text}{among}."


def _document(row: DocumentRow, by: str = "", customer: str = "") -> Document:
    return Document(
        row.id,
        row.number,
        row.key,
        row.route,
        State(row.state).word,
        Money(row.minor, row.currency) if row.currency else None,
        instant_of(row.created),
        by,
        customer,
    )
