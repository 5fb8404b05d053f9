"""Acts: what each question and act of the desk may do, declared beside it.

A policy, a playbook or another door reads it here, so that nobody has to know an act by heart to
know whether it moves money. The name of an act is the words of its command.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, Protocol, TypeVar, cast

import msgspec

from counterfoil.govern import gate
from counterfoil.govern.gate import Role, Scope

Kind = Literal["reads", "changes", "moves money"]
"""`reads`: nothing is another after it. `changes`: something of ours is. `moves money`: documents
can be written at another system for it."""

Touch = Literal["none", "shown", "sent", "left out"]
"""What becomes of the money of the documents: it is shown; it can be sent to the target; or it is
left out of what is sent, for good."""

Advance = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is (0: not known)."""

Function = TypeVar("Function", bound=Callable[..., object])


class Act(msgspec.Struct, frozen=True):
    """One act: its name, its kind, and whether and by what it is undone.

    `undo` says how, or why it cannot be; empty where there is nothing to undo.
    """

    name: str
    kind: Kind
    reversible: bool
    money: Touch
    undo: str
    function: Callable[..., object]

    @property
    def said(self) -> str:
        """What it does, in the first sentence of its docstring."""
        (sentence, *_) = (self.function.__doc__ or "").strip().split("\n\n")
        return " ".join(sentence.split())


ACTS: dict[str, Act] = {}
"""Every act whose file has been read, by name; `counterfoil.surfaces.desk.registry` reads all."""


def asks(name: str, money: Touch = "none") -> Callable[[Function], Function]:
    """Declare a question: it reads, so there is nothing to undo."""
    return _declared(name, "reads", money, reversible=True, undo="")


def changes(
    name: str, *, undo: str, reversible: bool, money: Touch = "none"
) -> Callable[[Function], Function]:
    """Declare an act that changes something of ours; no document leaves for it."""
    return _declared(name, "changes", money, reversible=reversible, undo=undo)


def moves_money(name: str, *, undo: str) -> Callable[[Function], Function]:
    """Declare an act for which documents can be written at another system; that stays done."""
    return _declared(name, "moves money", "sent", reversible=False, undo=undo)


class Asking(Protocol):
    """Whoever asks: as what, and with a token of which scopes (None: without one)."""

    @property
    def role(self) -> Role: ...
    @property
    def scopes(self) -> tuple[Scope, ...] | None: ...


def allow(asker: Asking, name: str) -> None:
    """Raise `Refuse` (code "not-allowed") where whoever asks may not do an act."""
    gate.check(asker.role, name, reads=ACTS[name].kind == "reads", scopes=asker.scopes)


def unheard(what: str, done: int, total: int) -> None:
    """Nobody is told how far an act has come."""


def _declared(
    name: str, kind: Kind, money: Touch, *, reversible: bool, undo: str
) -> Callable[[Function], Function]:
    def declare(function: Function) -> Function:
        if name in ACTS:
            raise ValueError(f"Two acts are named {name!r}.")
        guarded = _guarded(name, function)
        ACTS[name] = Act(name, kind, reversible, money, undo, guarded)
        return guarded

    return declare


def _guarded(name: str, function: Function) -> Function:
    """The function, behind the gate. Whoever asks is handed to it as somebody with a role; what is
    handed nobody asks or changes files of this machine only, whose account decides."""

    @wraps(function)
    def passed(*words: Any, **named: Any) -> object:
        for asker in (*words, *named.values()):
            if hasattr(asker, "role"):
                allow(asker, name)
        return function(*words, **named)

    return cast(Function, passed)
