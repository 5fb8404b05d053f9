"""`search`: documents by number, identity or customer, and by state, day of creation and amount."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Annotated

import msgspec
from cyclopts import Parameter

from counterfoil.model.words import Title, title
from counterfoil.surfaces.cli.envelope import Page
from counterfoil.surfaces.cli.exits import Exit
from counterfoil.surfaces.cli.flags import Limit
from counterfoil.surfaces.cli.opening import known_route, store
from counterfoil.surfaces.cli.period import Period, period
from counterfoil.surfaces.cli.person import counted, iso
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.values.clock import later
from counterfoil.values.errors import CounterfoilError, Misconfigured
from counterfoil.values.money import Money, minor
from counterfoil.values.nearest import near

if TYPE_CHECKING:
    from counterfoil.store.postgres import Database
    from counterfoil.store.search import DocumentRow, Wanted

_LAST = "\U0010ffff"
_DAYS = 30  # that are looked through for a customer, where no period is given
_EVERY_EXPONENT = ("GBP", "JPY", "KWD", "CLF")  # one currency for each number of decimals
_SIGNS = {"£": "GBP", "€": "EUR", "$": "USD"}


class Found(msgspec.Struct, frozen=True):
    """One document on one route, as it stands. `by` is what of its customer fitted ("e-mail",
    "name" or "postcode") and `customer` who that is, masked; empty where nobody was sought."""

    record: int
    number: str
    key: str
    route: str
    state: str
    money: Money | None
    created: str | None
    by: str = ""
    customer: str = ""


class Amount(msgspec.Struct, frozen=True):
    """An amount as a person says it: with a currency, or in whichever it may be."""

    text: str
    currency: str

    def minors(self) -> list[int]:
        """What it may be in minor units."""
        wanted = (self.currency,) if self.currency else _EVERY_EXPONENT
        return sorted({one for at in wanted if (one := _minor(self.text, at)) is not None})

    def fits(self, row: DocumentRow) -> bool:
        """Whether a document has this amount, in its own currency."""
        here = not self.currency or self.currency == row.currency
        return here and _minor(self.text, row.currency) == row.minor


class Asked(msgspec.Struct, frozen=True):
    """What was asked beside a text: which period, states, amount and route."""

    when: Period
    states: tuple[int, ...]
    amount: Amount | None
    route: str | None

    def wanted(self) -> Wanted:
        """Which documents are wanted by these alone."""
        from counterfoil.store.search import Wanted

        return Wanted(
            start=self.when.start.to_stdlib() if self.when.start is not None else None,
            until=self.when.until.to_stdlib() if self.when.until is not None else None,
            states=list(self.states) or None,
            minors=self.amount.minors() if self.amount is not None else None,
            route=self.route,
        )

    @property
    def any(self) -> bool:
        """Whether anything was asked."""
        return self.when != Period() or bool(self.states or self.amount or self.route)


async def search(
    text: str = "",
    /,
    *,
    state: str | None = None,
    start: Annotated[str | None, Parameter(name="--from")] = None,
    end: Annotated[str | None, Parameter(name="--to")] = None,
    amount: str | None = None,
    route: str | None = None,
    people: bool = False,
    limit: Limit = 50,
    say: Spoken,
) -> int:
    """Find documents by number, by a system's identity, or by customer; and by how they stand.

    A customer's name, e-mail or postcode is sought where no number begins so and no system calls
    a document so; without --from and --to, among what was created in the last 30 days.

    Args:
        text: The beginning of a number, with or without "#"; an identity; or a customer.
        state: Only what stands so, such as held.
        start: Only what was created on this day of UTC or later; a moment is fine too.
        end: Only what was created on this day of UTC or before; before it, where it is a moment.
        amount: Only what has this total, such as 12.50 or "12.50 GBP".
        route: Only this route.
        people: Seek a customer at once, whatever numbers begin so.
        limit: At most so many.
    """
    asked = Asked(period(start, end), _states(state), _amount(amount), route)
    if not text and not asked.any:
        raise Misconfigured(
            "Say what is sought.",
            do="Give a number, an identity or a customer; or --state, --from, --to, --amount.",
        )
    async with store(say) as (config, database):
        await known_route(database, route)
        rows = [] if people and text else await _by_words(database, text, asked, limit + 1)
        found, where = [_found(row) for row in rows], _looked(text, asked)
        named = title(*(plan.document for plan in config.routes.values()))
        if text and not rows:
            found, where = await _by_customer(say, database, text, asked, limit, named)
    more = len(found) > limit
    found = found[:limit]
    say.answer("search", found, lambda: _show(say, found, where), page=Page(None, len(found)))
    if more and not say.flags.json:
        say.note(f"There are more than {limit}: ask for less, or raise --limit.")
    return Exit.DONE if found else Exit.DIFFERENCES


async def _by_words(database: Database, text: str, asked: Asked, most: int) -> list[DocumentRow]:
    """By the beginning of a number, else by an identity; by the rest alone where there is none."""
    from counterfoil.store import search as documents

    wanted, bare = asked.wanted(), text.removeprefix("#")
    if not text:
        return await _rows(database, wanted, asked, most)
    begins = (bare, bare + _LAST, f"#{bare}", f"#{bare}{_LAST}")
    rows = await _rows(database, wanted._replace(numbers=begins), asked, most)
    if rows:
        return rows
    called = await documents.by_name(database, [], identity=text)
    subjects = [document.subject for document in called]
    named = wanted._replace(subjects=subjects)
    return await _rows(database, named, asked, most) if subjects else []


async def _rows(database: Database, wanted: Wanted, asked: Asked, most: int) -> list[DocumentRow]:
    from counterfoil.store import search as documents

    fitting: list[DocumentRow] = []
    async with (
        database.transaction() as unit,
        aclosing(documents.documents(unit, wanted)) as rows,
    ):
        async for row in rows:
            if asked.amount is None or asked.amount.fits(row):
                fitting.append(row)
            if len(fitting) == most:
                break
    return fitting


async def _by_customer(
    say: Say, database: Database, text: str, asked: Asked, limit: int, named: Title
) -> tuple[list[Found], str]:
    """By whom they are for, and a sentence how far was looked."""
    from counterfoil.surfaces.people import MOST, seek

    if asked.when == Period():
        asked = msgspec.structs.replace(
            asked, when=Period(later(say.clock.now(), -_DAYS * 86_400.0))
        )
    told = await seek(database, text, asked.wanted(), limit + 1)
    looked, unread = (counted(count, named.one, named.many) for count in (told.looked, told.unread))
    where = f"Names, e-mails and postcodes of {looked} were looked through, created {asked.when}."
    if told.unread:
        where += f" {unread} of them could not be read when they came."
    if told.looked == MOST:
        where += f" No more than {MOST:,} are looked through: the older ones were not."
    say.note(f"{where} --from and --to say otherwise.")
    fits = [one for one in told.found if asked.amount is None or asked.amount.fits(one[0])]
    return [_found(row, by, who) for row, by, who in fits], f"{_looked(text, asked)} {where}"


def _looked(text: str, asked: Asked) -> str:
    """Where was looked, where nothing was found."""
    if not text:
        return "No document is as you asked."
    among = " among what you asked for" if asked.states or asked.amount or asked.route else ""
    bare = text.removeprefix("#")
    return f"No number begins with {bare}, and no system calls anything {text}{among}."


def _show(say: Say, found: Sequence[Found], where: str) -> None:
    if not found:
        say.line(where)
        return
    heads = ("number", "record", "route", "stands", "money", "created", "identity")
    lines = [
        (one.number, str(one.record), one.route, one.state, str(one.money or ""),
         (one.created or "")[:10], one.key)
        for one in found
    ]  # fmt: skip
    if any(one.by for one in found):
        heads = (*heads, "customer", "found by")
        lines = [(*line, one.customer, one.by) for line, one in zip(lines, found, strict=True)]
    say.table(heads, lines, right=(4,))


def _states(word: str | None) -> tuple[int, ...]:
    from counterfoil.ledger.account import State

    if word is None:
        return ()
    known = {state.word: int(state) for state in State}
    plain = word.strip().lower().replace("-", "_")
    if plain not in known:
        raise Misconfigured(
            f"{word[:40]!r} is no state that a document stands in.",
            do=f"{near(plain, known)} All of them: {', '.join(known)}.",
            where="--state",
        )
    return (known[plain],)


def _amount(text: str | None) -> Amount | None:
    """12.50, £12.50, "12.50 GBP" or "GBP 12.50"."""
    if text is None:
        return None
    words = text.split()
    codes = [word.upper() for word in words if word.isalpha()]
    figures = [word for word in words if not word.isalpha()]
    if len(figures) == 1 and figures[0][:1] in _SIGNS:
        codes.append(_SIGNS[figures[0][0]])
        figures = [figures[0][1:]]
    whole = Amount(figures[0] if figures else "", codes[0] if codes else "")
    if (
        len(figures) != 1
        or len(codes) > 1
        or not whole.minors()
        or len(whole.currency) not in (0, 3)
    ):
        raise Misconfigured(
            f"{text[:40]!r} is no amount of money.",
            do='Write it as 12.50, or "12.50 GBP" with its currency.',
            where="--amount",
        )
    return whole


def _minor(text: str, currency: str) -> int | None:
    try:
        return minor(text, currency)
    except CounterfoilError:
        return None


def _found(row: DocumentRow, by: str = "", customer: str = "") -> Found:
    from counterfoil.ledger.account import State

    asked = Money(row.minor, row.currency) if row.currency else None
    return Found(
        row.id,
        row.number,
        row.key,
        row.route,
        State(row.state).word,
        asked,
        iso(row.created),
        by,
        customer,
    )
