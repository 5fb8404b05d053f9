"""Close: a month's figures are tied out, signed by a person, and packed so that anybody can check.

What was done for a period stands act by act, each covered by the digest of the one before it. What
is signed is a check, not a moment: what moves afterwards is checked and signed again.
"""

from __future__ import annotations

import re
from contextlib import aclosing
from typing import Literal

import msgspec

from counterfoil.govern import redact
from counterfoil.ledger.account import State
from counterfoil.store import closes, search
from counterfoil.store.closes import CloseAct
from counterfoil.store.search import DocumentRow, Wanted
from counterfoil.surfaces.desk import balance, holds
from counterfoil.surfaces.desk.acts import asks, changes
from counterfoil.surfaces.desk.balance import Balance, Proof
from counterfoil.surfaces.desk.holds import Held, HoldsAsked
from counterfoil.surfaces.desk.opening import Desk, StaffedDesk
from counterfoil.surfaces.desk.period import Period, period
from counterfoil.values.clock import Instant, from_stdlib
from counterfoil.values.digest import canonical, digest
from counterfoil.values.errors import Halt, Misconfigured, Retry
from counterfoil.values.money import Money

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_AT_ONCE = 1_000


class Opened(msgspec.Struct, frozen=True):
    """A period that is to be closed: what was created from `start` to before `until`."""

    start: Instant
    until: Instant


class Checked(msgspec.Struct, frozen=True):
    """What the sources and the journal said of a period, and all that was open then: what waited
    for a person, and what of the period waited for something else or was in doubt."""

    routes: tuple[Balance, ...]
    proof: Proof
    open_items: tuple[Held, ...]

    @property
    def loose(self) -> tuple[str, ...]:
        """The routes whose two sides are not equal to the penny."""
        return tuple(
            route.route for route in self.routes if not route.agrees and route.listed is not None
        )

    @property
    def unasked(self) -> tuple[str, ...]:
        """The routes of which nothing can be claimed: their source was not asked."""
        return tuple(
            route.route for route in self.routes if route.listed is None and not route.empty
        )

    @property
    def moving(self) -> int:
        """How many documents are on their way."""
        return sum(route.in_flight for route in self.routes)

    @property
    def ties(self) -> bool:
        """Whether all that was created in the period is accounted for, and nothing moves."""
        return not (self.loose or self.unasked or self.moving) and self.proof.holds


class Signed(msgspec.Struct, frozen=True):
    """A person's word for a check, by its number; `why` where items stay open."""

    check: int
    why: str = ""


class Packed(msgspec.Struct, frozen=True):
    """A pack that was made of a check, and the digest that stands for the whole of it."""

    check: int
    head: str


Act = Literal["opened", "checked", "signed", "packed"]
_SHAPES: dict[str, type[msgspec.Struct]] = {
    "opened": Opened, "checked": Checked, "signed": Signed, "packed": Packed,
}  # fmt: skip


class Step(msgspec.Struct, frozen=True):
    """One act of a close: what, when, by whom, and its digest in hexadecimal."""

    number: int
    act: str
    at: Instant
    by: str
    content: Opened | Checked | Signed | Packed
    digest: str


class Close(msgspec.Struct, frozen=True):
    """How the close of a period stands."""

    period: str
    steps: tuple[Step, ...]

    @property
    def when(self) -> Opened:
        """The bounds of the period."""
        bounds = self.steps[0].content
        assert isinstance(bounds, Opened)
        return bounds

    @property
    def check(self) -> Step | None:
        """The last check."""
        return self._last("checked")

    @property
    def signature(self) -> Step | None:
        """The signature under the last check; None where it has none."""
        step = self._last("signed")
        check = self.check
        if step is None or check is None or not isinstance(step.content, Signed):
            return None
        return step if step.content.check == check.number else None

    @property
    def stands(self) -> str:
        """In a word: opened, checked, signed or packed."""
        return self.steps[-1].act

    def _last(self, act: Act) -> Step | None:
        return next((step for step in reversed(self.steps) if step.act == act), None)


@asks("close list")
async def listing(desk: Desk) -> tuple[Close, ...]:
    """List every period for which a close was begun."""
    return tuple([await show(desk, name) for name in await closes.periods(desk.database)])


@asks("close show", money="shown")
async def show(desk: Desk, name: str) -> Close:
    """Show what was done to close a period. Raises `Misconfigured` where nothing was."""
    close = await _close(desk, name)
    if not close.steps:
        raise Misconfigured(
            f"The close of {name} was not opened.",
            do=f"`counterfoil close open {name}` begins it.",
            code="not-opened",
        )
    return close


@changes("close open", reversible=False, undo="A period that is open does nothing by itself.")
async def begin(desk: Desk, name: str, start: str | None = None, end: str | None = None) -> Close:
    """Open the close of a period: a month such as 2026-11, or a name with its first and last day.

    Raises `Misconfigured` where it is open already, or nobody can tell which period is meant.
    """
    close = await _close(desk, name)
    if close.steps:
        raise Misconfigured(
            f"The close of {name} was opened by {close.steps[0].by} already.",
            do=f"`counterfoil close show {name}` tells how it stands.",
        )
    when = _period(name, start, end)
    if when.start is None or when.until is None or when.until > desk.clock.now():
        raise Misconfigured(
            f"The period {name} has not ended.", do="Close it when its last day of UTC is over."
        )
    return await _keep(desk, close, "opened", Opened(when.start, when.until))


@changes("close check", reversible=False, money="shown", undo="A later check stands in its place.")
async def check(desk: StaffedDesk, name: str) -> Close:
    """Ask the sources for the period again, read the journal again, and list what is open."""
    close = await show(desk, name)
    whole = await balance.within(desk, None, Period(close.when.start, close.when.until), proof=True)
    assert whole.proof is not None
    routes = tuple(route for route in whole.routes if not route.empty)
    checked = Checked(routes, whole.proof, await _open_items(desk, close.when.until))
    return await _keep(desk, close, "checked", checked)


@changes("close sign", reversible=False, money="shown", undo="A later check asks for it anew.")
async def sign(desk: Desk, name: str, why: str = "") -> Close:
    """Sign the last check of a period; where items are open, say why it is closed all the same.

    Raises `Misconfigured` where it was not checked, does not tie, or items are open and no reason
    is given.
    """
    close = await show(desk, name)
    checked = _checked(close)
    assert close.check is not None
    if not checked.ties:
        raise Misconfigured(
            f"The close of {name} does not tie: {_untied(checked)}.",
            do=f"Put that right, then `counterfoil close check {name}` again.",
            code="does-not-tie",
        )
    if checked.open_items and len(why.strip()) < 8:
        raise Misconfigured(
            f"{len(checked.open_items):,} items are open.",
            do="Say with --why, in a sentence, why the period is closed all the same.",
            code="open-items",
        )
    return await _keep(desk, close, "signed", Signed(close.check.number, why.strip()))


async def noted(close: Close, desk: Desk, head: str) -> Close:
    """Note that a pack was made of the signed check. Raises `Misconfigured` where none is."""
    if close.signature is None or close.check is None:
        raise Misconfigured(
            f"The last check of {close.period} is not signed.",
            do=f"`counterfoil close sign {close.period}` signs it.",
            code="not-signed",
        )
    return await _keep(desk, close, "packed", Packed(close.check.number, head))


def _checked(close: Close) -> Checked:
    checked = close.check.content if close.check is not None else None
    if not isinstance(checked, Checked):
        raise Misconfigured(
            f"The close of {close.period} was not checked.",
            do=f"`counterfoil close check {close.period}` checks it.",
            code="not-checked",
        )
    return checked


def _untied(checked: Checked) -> str:
    reasons = [
        f"the two sides of {' and '.join(checked.loose)} differ" if checked.loose else "",
        f"the source of {' and '.join(checked.unasked)} was not asked" if checked.unasked else "",
        f"{checked.moving:,} documents are on their way" if checked.moving else "",
        "" if checked.proof.holds else "the journal does not fit",
    ]
    return "; ".join(reason for reason in reasons if reason)


def _period(name: str, start: str | None, end: str | None) -> Period:
    if start is not None and end is not None:
        return period(start, end)
    month = _MONTH.fullmatch(name)
    if month is None or start is not None or end is not None:
        raise Misconfigured(
            f"{name[:40]!r} is no month.",
            do="Write a month such as 2026-11, or a name with --from and --to.",
        )
    year, number = int(month[1]), int(month[2])
    following = (year + number // 12, number % 12 + 1)
    until = f"{following[0]}-{following[1]:02d}-01T00:00:00Z"
    return period(f"{name}-01", until)


async def _open_items(desk: Desk, until: Instant) -> tuple[Held, ...]:
    items: list[Held] = []
    while True:
        page = await holds.listing(desk, HoldsAsked(limit=_AT_ONCE, start=len(items)))
        items += [_kept(item) for item in page.records]
        if len(items) >= page.total or not page.records:
            break
    known = {item.record for item in items}
    wanted = Wanted(until=until.to_stdlib(), states=[State.WAITING, State.IN_DOUBT])
    async with (
        desk.database.transaction() as unit,
        aclosing(search.documents(unit, wanted)) as rows,
    ):
        items += [_waiting(desk, row) async for row in rows if row.id not in known]
    return tuple(items)


def _kept(item: Held) -> Held:
    """An item as it is kept for good and shown to everybody: what is said of it, without people."""
    return msgspec.structs.replace(item, said=redact.sentence(item.said, item.where))


def _waiting(desk: Desk, row: DocumentRow) -> Held:
    """What waits by itself, as old as its document is."""
    since, plan = from_stdlib(row.created), desk.config.routes.get(row.route)
    money = Money(row.minor, row.currency) if row.currency else None
    owner = plan.owner if plan is not None else ""
    return Held(
        row.id, row.number, row.key, row.route, State(row.state).word, "", "", "", "", owner,
        money, since, None,
    )  # fmt: skip


async def _close(desk: Desk, name: str) -> Close:
    """A close as it stands, with its chain verified. Raises `Halt` where that does not hold."""
    steps: list[Step] = []
    before = b""
    for row in await closes.acts(desk.database, name):
        if row.digest != _digest(before, name, row):
            raise Halt(
                f"Act {row.number} of the close of {name} is not as it was written.",
                do="Somebody changed it in the database: compare it with the last backup.",
                code="tampered",
            )
        before = row.digest
        content = msgspec.json.decode(row.content, type=_SHAPES[row.act], dec_hook=_moment)
        steps.append(
            Step(row.number, row.act, from_stdlib(row.at), row.by, content, row.digest.hex())  # pyright: ignore[reportArgumentType]
        )
    return Close(name, tuple(steps))


async def _keep(desk: Desk, close: Close, act: Act, written: msgspec.Struct) -> Close:
    before = bytes.fromhex(close.steps[-1].digest) if close.steps else b""
    content = canonical(msgspec.to_builtins(written, enc_hook=_written))
    row = CloseAct(
        len(close.steps) + 1, act, desk.clock.now().to_stdlib(), desk.person, content, b""
    )
    row = row._replace(digest=_digest(before, close.period, row))
    async with desk.database.transaction() as unit:
        if not await closes.keep(unit, close.period, row):
            raise Retry(
                f"Somebody else works on the close of {close.period} at this moment.", after_s=1.0
            )
    return await _close(desk, close.period)


def _digest(before: bytes, name: str, row: CloseAct) -> bytes:
    facts = [name, row.number, row.act, from_stdlib(row.at).format_iso(), row.by]
    return digest(before + canonical(facts) + row.content)


def _written(value: object) -> object:
    assert isinstance(value, Instant)
    return value.format_iso()


def _moment(kind: type, value: object) -> object:
    assert kind is Instant
    return Instant.parse_iso(str(value))
