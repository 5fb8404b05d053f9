"""Documents with more rows than a page carries: completed before they are read, or held."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from counterfoil.kit.api.paging import Sizes, completed, relay
from counterfoil.kit.formats.strict_json import Object
from counterfoil.values.errors import Hold, Retry

_PAGE = 250

More = Callable[[Object, int, str], Awaitable[Object]]
"""(document, how many, after which cursor) -> the document with those rows of it."""


class Rows(NamedTuple):
    """A connection of documents: its member, its noun in words, and how many rows are read at most;
    a document with more of them is held."""

    member: str
    noun: str
    most: int


class Words(NamedTuple):
    """How documents are called: the noun of one, the members of its number and of what changes
    whenever anything of it does; `where` they are read, and what to `do` with one that is held."""

    noun: str
    number: str
    version: str
    where: str
    do: str


class Completion:
    """Fetches by `more` the `rows` of a document that are missing; of `others` there is no more
    than a page."""

    def __init__(self, more: More, rows: Rows, others: Rows, words: Words) -> None:
        self._more = more
        self._rows = rows
        self._others = others
        self._words = words
        self._sizes = Sizes(_PAGE)

    async def complete(self, document: Object) -> bool:
        """Add to the document the rows that its page did not carry; whether there were any.

        Raises `Hold` (code "too-long") where it is too long, `Retry` (code "changed") where it
        changed in between.
        """
        name, _, most = self._rows
        page = await completed(
            document.get(name), lambda cursor: self._after(document, cursor), most
        )
        if page.cursor is not None:
            raise self._too_long(document, self._rows)
        short = len(page.nodes) > len(document[name]["nodes"])
        document[name] = {"nodes": page.nodes}
        if relay(document.get(self._others.member), None).cursor is not None:
            raise self._too_long(document, self._others)
        return short

    async def _after(self, document: Object, cursor: str) -> object:
        words = self._words
        again = await self._sizes.asked(lambda first, _: self._more(document, first, cursor))
        if again.get(words.version) != document.get(words.version):
            raise Retry(
                f"{words.noun} {document.get(words.number)} changed while it was being read.",
                do="It is read again by itself.",
                where=words.where,
                code="changed",
            )
        return again.get(self._rows.member)

    def _too_long(self, document: Object, rows: Rows) -> Hold:
        words = self._words
        return Hold(
            f"{words.noun} {document.get(words.number)} has more than {rows.most} {rows.noun}.",
            do=words.do,
            code="too-long",
        )
