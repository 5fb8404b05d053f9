"""Rules: what moving one kind of document needs to know of it, and the general files do not.

Each word has one file in this room that says it; `flows/rulebook.py` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

import msgspec

from counterfoil.mapping.losses import Loss
from counterfoil.model.document import Document, Ref
from counterfoil.model.words import TITLES, Title, Word
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Hold

D = TypeVar("D", bound=Document)
S = TypeVar("S")


class Goes(msgspec.Struct, frozen=True):
    """The document may go to its target."""


class LeftOut(msgspec.Struct, frozen=True):
    """The document is left out of its route for good: the rule's code, and its sentence."""

    code: str
    rule: str


class Waits(msgspec.Struct, frozen=True):
    """The document waits for a newer version of itself, or `until` a moment from which on it may go
    as it is: the rule's code, and its sentence."""

    code: str
    rule: str
    until: Instant | None = None


class Holds(msgspec.Struct, frozen=True):
    """A person decides about the document: the rule's code, its sentence, and what to do."""

    code: str
    rule: str
    do: str


Stop = LeftOut | Waits | Holds
"""Why a document is not sent now, and what becomes of it."""

Standing = Goes | Stop

GOES: Final = Goes()
INCOMPLETE: Final = Waits("incomplete", "its source does not have all of it yet")


def nothing(document: Any, settings: Any) -> tuple[Ref, ...]:
    """The needs of a document that says itself all that a target must know."""
    return ()


def always(document: Any) -> bool:
    """Of a document that is never without a part of itself."""
    return True


def anything(before: Any, now: Any) -> None:
    """What may become of a document that can change in any way."""


class Called(msgspec.Struct, frozen=True):
    """By what names others name a document beside its key; `ended` says "archived" or "merged" of
    one that is no more, and `lives_on` is the name of what a merged one lives on as."""

    names: tuple[str, ...] = ()
    ended: str = ""
    lives_on: str = ""


def by_its_key(document: Any) -> Called:
    """The names of a document that others name by its key alone."""
    return Called()


def never(document: Any, other: Any) -> bool:
    """Of a document that no other one contains."""
    return False


def told_here(before: Any, now: Any, settings: Any) -> bool:
    """Of a document whose changes nothing else tells."""
    return False


def untouched(before: Any, now: Any, settings: Any) -> bool:
    """Of a document on which nobody works at its target."""
    return False


def none(document: Any) -> Mapping[str, int]:
    """What a document takes that takes nothing from any shelf."""
    return {}


def all_of_it(document: D, settings: object) -> tuple[D, tuple[Loss, ...]]:
    """The part of a document that goes where all of it does: which fields a route may write,
    ownership says."""
    return document, ()


def without_note(word: Word) -> Callable[[Document, str], Any]:
    """For documents of a word that have no note: what would go there is held ("would-be-lost")."""

    def noted(document: Document, more: str) -> Any:
        raise Hold(
            f"{TITLES[word].first} {document.number} has no note that could take what would be"
            f" lost: {more}",
            do='Say "let-go" for the field under [on_loss] of the route\'s file, then send it'
            " again.",
            code="would-be-lost",
        )

    return noted


class Change(msgspec.Struct, frozen=True):
    """One thing that a newer version says otherwise. `personal`: its values are shown to nobody."""

    field: str
    before: str
    now: str
    personal: bool = False

    @property
    def said(self) -> str:
        """The change in words."""
        if self.personal:
            return f"{self.field} changed"
        return f"{self.field} {self.before or 'nothing'} → {self.now or 'nothing'}"


class Rules(msgspec.Struct, Generic[D, S], frozen=True):
    """The rules of one word. All are pure.

    `settings` is the shape of the [gates] table of a route; `decode` reads a body that was kept.
    `standing` says whether a document may go. `check` raises `Hold` where its parts contradict
    each other. `part` gives what of it is the route's to send, and the rest as losses; `noted`
    the document with a text under its note. `changes` is what a newer version says otherwise that
    a person at the target would act on, `quiet` what nobody need act on; `happened` tells in a
    word of a version that says something new. `test` and `gone` are the two rules that are also
    asked of what could not be read: it need not be. `needs` are the other documents whose names
    at the target the payload carries: it waits until they are there. `whole` says of a batch
    whether its source has all of its entries: until then it waits for a newer version of itself.
    `follows` raises `Refuse` where what was told of a document cannot have become what its source
    says now, and `Hold` where a person is to say whether it may. `within` says whether what the
    target was sent of a document that it needs has it already: then it is left out. `apart` says
    whether all that a newer version says otherwise is told by another document. `begun` says
    whether something of what the target was sent has left since: then a newer version of it is a
    person's, and never sent. `prefix` stands before its key in the target's reference where the
    route says none. `called` are the names by which others name it beside its key.
    `left_out_together`: what needs a document that was left out is left out with it, else it
    waits. `claims` is what it takes from the shelf, in pieces by SKU: until the target's own
    levels show it, the house takes it off.
    """

    word: Word
    settings: type[S]
    decode: Callable[[bytes], D]
    standing: Callable[[D, S], Standing]
    check: Callable[[D], None]
    part: Callable[[D, S], tuple[D, tuple[Loss, ...]]]
    noted: Callable[[D, str], D]
    changes: Callable[[D, D], Sequence[Change]]
    quiet: Callable[[D, D], Sequence[Change]]
    happened: Callable[[D], str]
    test: LeftOut
    gone: LeftOut
    needs: Callable[[D, S], tuple[Ref, ...]] = nothing
    whole: Callable[[D], bool] = always
    follows: Callable[[D, D], None] = anything
    called: Callable[[D], Called] = by_its_key
    left_out_together: bool = True
    claims: Callable[[D], Mapping[str, int]] = none
    within: Callable[[D, Any], bool] = never
    apart: Callable[[D, D, S], bool] = told_here
    begun: Callable[[D, D, S], bool] = untouched
    prefix: str = ""

    @property
    def title(self) -> Title:
        """What people call such a document."""
        return TITLES[self.word]


def stopped(
    rules: Rules[Any, Any],
    document: Document,
    settings: object,
    begins: Instant | None,
    now: Instant,
) -> Stop | None:
    """The rule that stops a document before it is ever sent, or None where it may go `now`."""
    if begins is not None and document.born < begins:
        return LeftOut("too-early", f"created before {begins}, when this route begins")
    standing = rules.standing(document, settings)
    until = standing.until if isinstance(standing, Waits) else None
    if not isinstance(standing, Goes) and (until is None or until > now):
        return standing
    return None if rules.whole(document) else INCOMPLETE


def hold(rules: Rules[Any, Any], document: Document, stop: Stop) -> Hold:
    """What is said of a document that a rule of its route stops, as a person hears it."""
    sentence = f"{rules.title.first} {document.number} is not sent: {stop.rule}."
    return Hold(sentence, do=stop.do if isinstance(stop, Holds) else "", code=stop.code)
