"""A close pack: the signed check of a period as files that finance reads, sealed to the byte.

Identities are texts and amounts plain decimal numbers of their currency, so that a spreadsheet adds
what is there and guesses nothing.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path

import msgspec

from counterfoil.ledger.balance import PIECES
from counterfoil.reconcile import verify_pack
from counterfoil.reconcile.spreadsheet import Cell, Figure, Table, workbook
from counterfoil.reconcile.verify_pack import Broken
from counterfoil.surfaces.desk import close as closing
from counterfoil.surfaces.desk.acts import asks, changes
from counterfoil.surfaces.desk.balance import NOTHING, STATES, Balance
from counterfoil.surfaces.desk.close import Checked, Close
from counterfoil.surfaces.desk.envelope import encoded
from counterfoil.surfaces.desk.exports import inert
from counterfoil.surfaces.desk.figures import iso
from counterfoil.surfaces.desk.holds import Held
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.values.clock import Instant, seconds_between
from counterfoil.values.errors import Misconfigured
from counterfoil.values.money import exponent

_LARGEST = 512 * 1024 * 1024
_DAY_S = 86_400.0

_README = """\
The close of {period}, of what was created from {start} to before {until}.
Checked {checked} by {checker}; signed {signed} by {signer}.

close.json          everything that was done, act by act, and all figures
tie-outs.csv        by route and currency: listed at the source, accounted for, the difference
control-totals.csv  by route: how many documents stand where
open-by-age.csv     what was open at the moment of the check: held, in doubt, drifted, waiting
open-items.csv      each of them: how old, how much, whose
close.xlsx          the four tables for Excel: identities are texts, and only totals are formulas
verify_pack.py      checks this pack: python3 verify_pack.py PACK.zip HEAD
seal.json           the digest of each file, each covering the one before it

HEAD is what was told when the pack was made. It is not in here: a pack that somebody made anew
from other figures has another one. Ask where the pack was made: counterfoil close show {period}
"""


class PackMade(msgspec.Struct, frozen=True):
    """A pack that was written: where, how large, and the digest that stands for all of it."""

    period: str
    file: str
    bytes: int
    head: str


class Verified(msgspec.Struct, frozen=True):
    """A pack that is as it was sealed. `close` is the period that it is of."""

    file: str
    head: str
    close: str


@changes("close pack", reversible=False, money="shown", undo="Remove the file.")
async def pack(desk: Desk, name: str, file: Path) -> PackMade:
    """Write the signed check of a period as a new pack, which verifies itself.

    Raises `Misconfigured` where the last check is not signed, or the file cannot be written.
    """
    close = await closing.show(desk, name)
    content = verify_pack.sealed(contents(close))
    head = verify_pack.head(content)
    await closing.noted(close, desk, head)
    _write(file, content)
    return PackMade(name, str(file), len(content), head)


def _write(file: Path, content: bytes) -> None:
    try:
        with file.open("xb") as opened:
            opened.write(content)
    except OSError as error:
        reason = "there is such a file already" if file.exists() else error.strerror
        raise Misconfigured(
            f"The pack cannot be written ({reason}).",
            do="Name a new file, in a folder that you may write to.",
            where=str(file),
        ) from None


@asks("verify", money="shown")
def verify(file: Path, head: str = "") -> Verified:
    """Verify a close pack to the byte; with `head`, that it is the pack that was told of.

    Raises `Misconfigured` (code "tampered") with what is not as it was sealed.
    """
    try:
        if file.stat().st_size > _LARGEST:
            raise Misconfigured("The file is larger than any pack.", where=str(file))
        content = file.read_bytes()
        own_head = verify_pack.verify(content, head)
    except OSError as error:
        raise Misconfigured(
            f"The pack cannot be read: {error.strerror}.", do="Name a pack.", where=str(file)
        ) from None
    except Broken as broken:
        raise Misconfigured(
            str(broken),
            do="Ask for the pack again where it was made, and compare the two.",
            where=str(file),
            code="tampered",
        ) from None
    described = msgspec.json.decode(verify_pack.contents(content)["close.json"])
    return Verified(str(file), own_head, str(described["period"]))


def contents(close: Close) -> dict[str, bytes]:
    """The files of a close whose last check is signed, by name. The same for the same close."""
    signature, check = close.signature, close.check
    if signature is None or check is None or not isinstance(check.content, Checked):
        raise Misconfigured(
            f"The last check of {close.period} is not signed.",
            do=f"`counterfoil close sign {close.period}` signs it.",
            code="not-signed",
        )
    steps = tuple(step for step in close.steps if step.act != "packed")
    readme = _README.format(
        period=close.period, start=iso(close.when.start), until=iso(close.when.until),
        checked=iso(check.at), checker=check.by, signed=iso(signature.at), signer=signature.by,
    )  # fmt: skip
    script = files("counterfoil.reconcile").joinpath("verify_pack.py").read_bytes()
    tables = _tables(check.content, check.at)
    return {
        "README.txt": readme.encode(),
        "close.json": encoded(Close(close.period, steps)).encode() + b"\n",
        **{f"{table.name}.csv": _plain(table) for table in tables},
        "close.xlsx": workbook(tables),
        "verify_pack.py": script,
    }


def _tables(checked: Checked, at: Instant) -> tuple[Table, ...]:
    """What finance reads, each a CSV file and a sheet of the workbook."""
    return (
        Table("tie-outs", _TIE_OUTS, [*_tie_outs(checked.routes)],
              ("listed", "accounted", "difference"), "currency"),
        Table("control-totals", ("route", "listed", *STATES), [*_totals(checked.routes)]),
        Table("open-by-age", _AGES, [*_by_age(checked.open_items, at)], ("amount",), "currency"),
        Table("open-items", _OPEN_ITEMS, [*_open_items(checked.open_items, at)],
              ("amount",), "currency"),
    )  # fmt: skip


_BANDS = ((7, "up to 7"), (30, "8 to 30"), (90, "31 to 90"))
_AGES = ("state", "days", "documents", "amount", "currency")
_TIE_OUTS = ("route", "currency", "listed", "accounted", "difference", "agrees")
_OPEN_ITEMS = (
    "record", "number", "key", "route", "state", "cause", "owner", "since", "days_open", "amount",
    "currency", "why",
)  # fmt: skip


def _tie_outs(routes: Sequence[Balance]) -> Iterable[Sequence[Cell]]:
    for route in routes:
        for currency, sums in (route.money or {"": NOTHING}).items():
            amounts = (sums.listed_minor, sums.accounted_minor, sums.difference_minor)
            figures = [_figure(amount, currency) for amount in amounts]
            yield route.route, currency, *figures, "yes" if route.agrees else "no"


def _totals(routes: Sequence[Balance]) -> Iterable[Sequence[Cell]]:
    for route in routes:
        listed = "not asked" if route.listed is None else Figure(route.listed)
        yield route.route, listed, *(Figure(count) for count in route.standings.values())


def _by_age(items: Sequence[Held], at: Instant) -> Iterable[Sequence[Cell]]:
    """How many are open and how much is in them, by state, age and currency."""
    counts, sums = Counter[tuple[str, int, str]](), Counter[tuple[str, int, str]]()
    for item in items:
        days = _days(item, at)
        band = next((place for place, (most, _) in enumerate(_BANDS) if days <= most), len(_BANDS))
        apart = (item.state, band, item.money.currency if item.money else "")
        counts[apart] += 1
        sums[apart] += item.money.minor if item.money else 0
    names = [*(name for _, name in _BANDS), "over 90"]
    for apart in sorted(counts):
        state, band, currency = apart
        worth = _figure(sums[apart], currency) if currency else ""
        yield state, names[band], Figure(counts[apart]), worth, currency


def _days(item: Held, at: Instant) -> int:
    return int(seconds_between(item.since, at) // _DAY_S) if item.since else 0


def _open_items(items: Sequence[Held], at: Instant) -> Iterable[Sequence[Cell]]:
    for item in items:
        days = Figure(_days(item, at)) if item.since else ""
        money = item.money
        worth = (_figure(money.minor, money.currency), money.currency) if money else ("", "")
        yield (
            str(item.record), item.number, item.key, item.route, item.state, item.cause,
            item.owner, iso(item.since), days, *worth, item.said,
        )  # fmt: skip


def _figure(minor: int, currency: str) -> Figure:
    return Figure(minor, 0 if currency == PIECES else exponent(currency))


def _plain(table: Table) -> bytes:
    """A table as CSV: no text of it is a formula to anybody who opens it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(table.heads)
    writer.writerows(
        [cell.text if isinstance(cell, Figure) else inert(cell) for cell in row]
        for row in table.rows
    )
    return text.getvalue().encode()
