"""Privacy: all that is kept of a person, given out or taken away; and what is past its time."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path

import msgspec

from counterfoil.govern import erasure, retention
from counterfoil.govern.erasure import Chosen, Scope
from counterfoil.ledger.account import State
from counterfoil.store import erasures
from counterfoil.store import keys as store_keys
from counterfoil.store.kept_beside import Erased
from counterfoil.surfaces.desk.acts import asks, changes
from counterfoil.surfaces.desk.figures import counted
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.surfaces.desk.people import mailbox
from counterfoil.surfaces.desk.subject import all_of, chosen, scope_of
from counterfoil.values.clock import Instant, seconds_between
from counterfoil.values.errors import Misconfigured, Refuse

_NAMED = 5  # documents, in one sentence


class OpenItem(msgspec.Struct, frozen=True):
    """A document that is not at rest, and where it stands."""

    number: str
    route: str
    state: str


class KeptItem(msgspec.Struct, frozen=True):
    """A document that must be kept, and until when."""

    number: str
    country: str
    until: Instant


class Plan(msgspec.Struct, frozen=True):
    """What is kept of a person: by what they are known (masked), how many documents and versions;
    and what stands against erasing it."""

    known_by: tuple[str, ...]
    documents: int
    versions: int
    open_items: tuple[OpenItem, ...]
    kept_items: tuple[KeptItem, ...]

    @property
    def free(self) -> bool:
        """Whether it may be erased."""
        return bool(self.documents) and not (self.open_items or self.kept_items)


class ErasedNow(msgspec.Struct, frozen=True):
    """What was erased, under which number, and by whom."""

    id: str
    documents: int
    versions: int
    by: str
    why: str


class DueClass(msgspec.Struct, frozen=True):
    """How many documents of a country are past the time of a class, and since when the oldest."""

    data_class: str
    country: str
    documents: int
    since: Instant


@asks("privacy plan")
async def plan(desk: Desk, subject: str) -> Plan:
    """Show how much is kept of a person, and what stands against erasing it.

    Raises `Misconfigured` where nothing is kept of them, or it is not said who is meant.
    """
    scope = await scope_of(desk, subject)
    return await _plan(desk, scope)


@changes("privacy erase", reversible=False, undo="It cannot be: nobody can put it back.")
async def erase(desk: Desk, subject: str, why: str) -> ErasedNow:
    """Take a person out of everything that is kept, with a reason; the books stay as they are.

    Raises `Misconfigured` where nothing is kept of them or no reason is given, and `Refuse` where
    something of theirs is open, or must be kept.
    """
    _reasoned(why)
    choice = await chosen(desk, subject.strip())
    scope = await all_of(desk, choice)
    _free(await _plan(desk, scope))
    keys = await store_keys.keys(desk.database, desk.config.key_file, desk.clock)
    people = tuple(sorted(keys.mark(name).hex() for name in choice.names))
    # The reason is kept for good, and may have been written with their name in it.
    return await _erased(desk, scope, scope.needles.unwritten(why), ("personal",), people)


@asks("privacy due")
async def due(desk: Desk) -> list[DueClass]:
    """List what is past the time that the project keeps it, by class and country."""
    rows: list[DueClass] = []
    for class_, items in (await _over(desk)).items():
        for country in sorted({item.country for item in items}):
            theirs = [item.since for item in items if item.country == country]
            oldest = max(theirs, key=lambda since: seconds_between(since, desk.clock.now()))
            rows.append(DueClass(class_, country, len(theirs), oldest))
    return rows


@changes("privacy erase due", reversible=False, undo="It cannot be: nobody can put it back.")
async def erase_due(desk: Desk) -> list[ErasedNow]:
    """Erase what is past the time that the project keeps it; what is open stays until it is not."""
    acts: list[ErasedNow] = []
    for class_, items in (await _over(desk)).items():
        scope = await erasure.look(desk.database, Chosen(subjects={item.subject for item in items}))
        if scope.versions:
            acts.append(await _erased(desk, scope, f"past its time: {class_}", (class_,), ()))
    return acts


@changes("privacy rotate", reversible=False, undo="The old key opens nothing any more.")
async def rotate(desk: Desk, *, lost: bool = False) -> Path:
    """Make another master key, which seals the estate's key anew; `lost`: where the file is gone.

    Raises `Misconfigured` where the key file is not here, unless it is `lost`.
    """
    act = store_keys.begin_anew if lost else store_keys.rotate
    await act(desk.database, desk.config.key_file, desk.clock)
    return desk.config.key_file


@changes("privacy scrub", reversible=True, undo="There is nothing to undo.")
async def scrub(desk: Desk) -> None:
    """Write the tables anew in which people were erased, so that no file of the database has them.

    Whoever works on them waits meanwhile.
    """
    await desk.database.tend("scrub_tables")


async def _plan(desk: Desk, scope: Scope) -> Plan:
    rows = await erasures.open_among(desk.database, sorted(scope.subjects))
    numbers = {int(version.subject): version.number or version.key for version, _ in scope.versions}
    now, keep = desk.clock.now(), desk.config.file.privacy.keep_days
    by_law = [
        KeptItem(numbers[subject], country, until)
        for subject, (country, created) in scope.countries().items()
        if (until := retention.kept_until(keep, country, created)) is not None
        and seconds_between(now, until) > 0
    ]
    return Plan(
        known_by=tuple(sorted(_masked(name) for name in scope.names)),
        documents=len(scope.subjects),
        versions=len(scope.versions),
        open_items=tuple(
            OpenItem(row.number or row.key, row.route, State(row.state).word) for row in rows
        ),
        kept_items=tuple(by_law),
    )


def _masked(name: str) -> str:
    """By what somebody is known, for whoever looks over a shoulder."""
    kind, _, text = name.partition(":")
    if kind == "mail":
        return f"e-mail {mailbox(text)}"
    if kind == "phone":
        return f"telephone …{text[-3:]}"
    return f"account {text.partition(':')[2]}"


def _free(plan: Plan) -> None:
    """Raise `Refuse` where something stands against erasing."""
    if plan.open_items:
        named = ", ".join(
            f"{item.number} ({item.route}, {item.state})" for item in plan.open_items[:_NAMED]
        )
        raise Refuse(
            f"{counted(len(plan.open_items), 'document')} of theirs is not at rest: {named}.",
            do="Let it come to an end first, or set it aside with a reason; then erase again.",
            code="not-at-rest",
        )
    if plan.kept_items:
        first = max(plan.kept_items, key=lambda item: item.until.format_iso())
        raise Refuse(
            f"{counted(len(plan.kept_items), 'document')} of theirs must be kept, the last until"
            f" {first.until.format_iso()[:10]}: {first.number} ({first.country or 'no country'}).",
            do="Erase when that time is over; how long it is says keep_days under [privacy] of"
            " counterfoil.toml.",
            code="must-be-kept",
        )


def _reasoned(why: str) -> None:
    if not why.strip():
        raise Misconfigured(
            "A person is erased with a reason.", do="Say why with --reason.", where="--reason"
        )


async def _erased(
    desk: Desk, scope: Scope, why: str, classes: tuple[str, ...], people: tuple[str, ...]
) -> ErasedNow:
    """Erase, known beside the key file before anything is taken away."""
    erased = Erased(
        id=secrets.token_hex(8),
        asked_at=desk.clock.now().format_iso(),
        by=desk.person,
        why=why.strip(),
        classes=classes,
        people=people,
        documents=tuple(sorted(scope.subjects)),
    )
    await erasure.keep_beside(desk.database, desk.config.key_file, [erased])
    await erasure.apply(desk.database, scope, erased, desk.clock)
    await desk.database.tend("tidy_tables")
    return ErasedNow(erased.id, len(scope.subjects), len(scope.versions), erased.by, erased.why)


async def _over(desk: Desk) -> dict[str, Sequence[retention.Due]]:
    """What is past its time and at rest, by class, the whole before its parts."""
    spans = desk.config.file.privacy.erase_after_days
    if not spans:
        return {}
    everything = await erasure.look(desk.database, _Everything())
    countries, now = everything.countries(), desk.clock.now()
    over: dict[str, Sequence[retention.Due]] = {}
    done: set[int] = set()
    for class_ in erasure.CLASSES:
        before = await erasures.done_in(desk.database, class_)
        items = [
            item
            for item in retention.over(spans.get(class_, {}), countries, now)
            if item.subject not in before and item.subject not in done
        ]
        subjects = [item.subject for item in items]
        moving = await erasures.moving(desk.database, subjects) if subjects else set[int]()
        over[class_] = [item for item in items if item.subject not in moving]
        done |= {item.subject for item in over[class_]} if class_ == "personal" else set()
    return over


class _Everything:
    """Every document."""

    def fits(self, version: erasures.Version, names: frozenset[str]) -> bool:
        """Whether this one is meant: always."""
        return True
