"""Documents out of a folder of files: each file is taken once, by its content."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, Generic, Protocol, TypeVar

import msgspec

from counterfoil.connectors.files.cells import Cells
from counterfoil.connectors.files.folder import File, Folder
from counterfoil.connectors.files.profile import Profile
from counterfoil.connectors.files.table import FileRow, Tables
from counterfoil.kit.api.reading import NO_CURRENCY, known, reading_of
from counterfoil.kit.connector import CensusPage, Listed, Listing, Reading
from counterfoil.kit.formats import strict_json
from counterfoil.mapping.interpret import PYTHON
from counterfoil.values.clock import Instant, instant
from counterfoil.values.digest import canonical
from counterfoil.values.errors import CounterfoilError, Halt, Hold, Refuse
from counterfoil.values.money import exponent

D = TypeVar("D")
D_co = TypeVar("D_co", covariant=True)

_ENCODE: Final = msgspec.json.Encoder().encode
_FILE: Final = "file-"  # how the key of a file begins that cannot be read


class Place(msgspec.Struct, frozen=True):
    """Where a listing stands: the contents it has done, the one it is in, and its last key."""

    done: tuple[str, ...] = ()
    file: str = ""
    after: str = ""


class Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was read of one document; or of a file that cannot be read its name, and why."""

    key: str
    rows: Sequence[FileRow] = ()
    file: str = ""
    said: str = ""
    do: str = ""
    code: str = ""


class Makes(Protocol[D_co]):
    """Makes documents of the rows of files."""

    @property
    def cells(self) -> Cells:
        """How cells are read."""
        ...

    def document(self, kept: Kept, as_of: str, /) -> D_co:
        """The document that these rows are (pure). Raises `Hold` where they cannot be read."""
        ...

    def worth(self, kept: Kept, /) -> tuple[int, str, Instant | None]:
        """What is at stake in what cannot be read, and when it was made, as far as is known."""
        ...


class FolderSource(Generic[D]):
    """The documents of one folder (`kit.connector.Source`)."""

    def __init__(self, folder: Folder, profile: Profile, makes: Makes[D]) -> None:
        settings = profile.settings
        self._folder = folder
        self._makes = makes
        self._tables = Tables(profile.columns, latin=settings.encoding == "latin-1")
        self._page, self._most = settings.documents_per_page, settings.most_entries
        self._currency = settings.currency
        self._one_at_a_time = asyncio.Lock()

    def parse(self, body: bytes, at: Instant) -> Reading[D]:
        """As `reread`: nothing is pushed."""
        return self.reread(body, at)

    def reread(self, source: bytes, at: Instant) -> Reading[D]:
        """Read the rows that were kept of a document."""
        value = strict_json.parse(source, what="What was kept")
        return self._reading(strict_json.convert(value, Kept, what="What was kept"), at, source)

    def read_any(self, body: bytes, at: Instant) -> Reading[D]:
        """As `reread`."""
        return self.reread(body, at)

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[D]]:
        """The documents with these keys, each as the newest file that has it."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._read, [*dict.fromkeys(keys)])

    async def since(self, mark: str | None, cursor: str | None) -> Listing[D]:
        """One page of the documents in files whose content `mark` does not name."""
        async with self._one_at_a_time:
            return await asyncio.to_thread(self._since, mark, cursor)

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """Everything that was made in [start, end), as the files themselves sum it up."""
        async with self._one_at_a_time:
            rows = await asyncio.to_thread(self._counted)
        within = [row for row in rows if start <= row.created < end]
        return CensusPage(tuple(sorted(within, key=lambda row: (row.created, row.key))), None)

    def _read(self, keys: Sequence[str]) -> list[Reading[D]]:
        readings: dict[str, Reading[D]] = {}
        for file in reversed(self._folder.whole()) if keys else ():
            if _FILE + file.digest in keys:
                readings |= {r.key: r for r in self._of_file(file, "", 1)[0] if r.key in keys}
            for key in keys:
                if key not in readings and (reading := self._one(file, key)) is not None:
                    readings[key] = reading
        return [readings[key] for key in keys if key in readings]

    def _one(self, file: File, key: str) -> Reading[D] | None:
        try:
            rows = self._tables.table(file).rows(key)
        except Refuse:
            return None
        return self._kept(Kept(key, sorted_rows(rows)), file) if rows else None

    def _since(self, mark: str | None, cursor: str | None) -> Listing[D]:
        whole, before = self._folder.whole(), _taken(mark)
        place = msgspec.json.decode(cursor, type=Place) if cursor else Place()
        done = {*before, *place.done}
        files = [file for file in whole if file.digest not in done]
        if not files:
            return Listing((), None, _mark(done, whole))
        file = next((file for file in files if file.digest == place.file), files[0])
        after = place.after if file.digest == place.file else ""
        readings, last = self._of_file(file, after, self._page)
        if last is None:
            done.add(file.digest)
        more = last is not None or len(files) > 1
        next_place = Place(tuple(sorted(done - before)), file.digest if last else "", last or "")
        further = _ENCODE(next_place).decode() if more else None
        return Listing(tuple(readings), further, _mark(done, whole))

    def _of_file(self, file: File, after: str, most: int) -> tuple[list[Reading[D]], str | None]:
        """The readings of a page of a file, and the key after which it goes on; None at its end."""
        try:
            table = self._tables.table(file)
            page = table.keys(after, most)
            readings = [
                self._too_long(key, count, file)
                if count > self._most
                else self._kept(Kept(key, sorted_rows(table.rows(key))), file)
                for key, count in page
            ]
        except Refuse as problem:
            unread = Kept(_FILE + file.digest, (), file.path.name, problem.said, problem.do,
                        problem.code)  # fmt: skip
            return [self._kept(unread, file)], None
        return readings, page[-1][0] if len(page) == most else None

    def _kept(self, kept: Kept, file: File) -> Reading[D]:
        return self._reading(kept, file.changed, _ENCODE(kept))

    def _too_long(self, key: str, count: int, file: File) -> Reading[D]:
        problem = Hold(
            f"{key} in {file.path.name} has {count} rows, more than {self._most}.",
            do="Raise most_entries of this connection, or set the record aside with a reason.",
            code="too-many-entries",
        )
        unread = Kept(key, (), file.path.name, problem.said, problem.do, problem.code)
        return self._kept(unread, file)

    def _reading(self, kept: Kept, at: Instant, source: bytes) -> Reading[D]:
        try:
            if kept.said:
                raise Refuse(kept.said, do=kept.do, where=kept.file, code=kept.code)
            return reading_of(self._makes.document(kept, at.format_iso()), source)
        except (*PYTHON, CounterfoilError) as error:
            problem = error if isinstance(error, CounterfoilError) else _lacks(kept.key)
            minor, currency, issued = self._makes.worth(kept)
            return Reading(kept.key, kept.file or kept.key, at, minor, currency,
                           problem=problem, created=issued or at, source=source)  # fmt: skip

    def _counted(self) -> list[Listed]:
        """The newest of each document, as the file itself sums it up."""
        listed: dict[str, Listed] = {}
        for file in self._folder.whole():
            try:
                rows = self._sums(file)
            except Refuse:
                key = _FILE + file.digest
                rows = [Listed(key, file.path.name, file.changed, file.changed, 0, NO_CURRENCY)]
            listed |= {row.key: row for row in rows}
        return [*listed.values()]

    def _sums(self, file: File) -> list[Listed]:
        table, cells = self._tables.table(file), self._makes.cells
        net, amount, fee, tax = (
            cells.sql(table.cell(word)) for word in ("net", "amount", "fee", "fee-tax")
        )
        sums = [f"coalesce({net}, {amount} - coalesce({fee}, 0) - coalesce({tax}, 0))"]
        rows = table.counted(sums, ("issued", "currency", "total"))
        return [self._listed(file, row) for row in rows]

    def _listed(self, file: File, row: tuple[object, ...]) -> Listed:
        key, whole, issued, code, total = row
        currency, cells = str(code or self._currency or NO_CURRENCY), self._makes.cells
        stated = known(cells.money, total, None, currency)
        if stated is None:
            stated = int(Decimal(str(whole or 0)) * 10 ** exponent(currency))
        moment = known(cells.moment, issued, "")
        created = instant(moment) if moment else file.changed
        return Listed(str(key), str(key), file.changed, created, stated, currency)


def sorted_rows(rows: Sequence[FileRow]) -> list[FileRow]:
    """The rows in a sequence of their own, whichever they have in a file."""
    return sorted(rows, key=lambda row: (row.get("at", ""), canonical(row)))


def _taken(mark: str | None) -> set[str]:
    """The contents that a mark names. Raises `Halt` where it is none of ours."""
    try:
        return set(msgspec.json.decode(mark, type=list[str])) if mark else set()
    except msgspec.DecodeError:
        raise Halt(
            "The mark of the last listing names no files.",
            do="Tell the connector's keepers.",
            code="bad-mark",
        ) from None


def _mark(done: set[str], whole: Sequence[File]) -> str:
    """The mark after these contents; one that is not in the folder any more need not be known."""
    return _ENCODE(sorted(done & {file.digest for file in whole})).decode()


def _lacks(key: str) -> Hold:
    return Hold(
        f"What is told of {key[:40]!r} lacks a column.",
        do="Export the file again, or name the column in the value map of this connection.",
        code="missing-field",
    )
