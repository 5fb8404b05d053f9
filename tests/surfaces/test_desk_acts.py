"""Every question and act of the desk says what it may do, and every command is one of them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from cyclopts import App

from counterfoil.surfaces import desk
from counterfoil.surfaces.cli.main import front
from counterfoil.surfaces.desk.acts import ACTS, Act, asks
from counterfoil.surfaces.desk.opening import Asker, StaffedDesk
from counterfoil.surfaces.desk.registry import QUESTIONS, acts

NO_ACT = {
    "completion": "prints a script of the shell's",
    "connector new": "writes a folder of source code",
    "demo": "plays with simulated systems only",
    "prove": "plays with simulated systems only",
    "stock curve": "plays with simulated customers only",
    "up": "is the house itself",
    "watch run": "is the watch itself",
    "web": "is the desk itself",
    "worker": "is a part of the house itself",
}
"""Commands that no other door offers, and why."""

SUPPORT = {"acts", "amount", "awaited", "books", "envelope", "evidence", "exits", "figures",
           "inert", "opening", "people", "period", "registry", "subject", "timeline"}  # fmt: skip
"""Files of the desk in which nothing is asked."""


def leaves(app: App, path: tuple[str, ...] = ()) -> Iterator[str]:
    """The commands that do something, by their words."""
    for name in app:
        if not name.startswith("-"):
            yield from leaves(app[name], (*path, name))
    if app.default_command is not None:
        yield " ".join(path)


def askers(module: Any) -> Iterator[str]:
    """The public functions of a file that are handed who asks."""
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ != module.__name__ or name.startswith("_"):
            continue
        first = next(iter(inspect.signature(function).parameters), "")
        hint = get_type_hints(function).get(first)
        if isinstance(hint, type) and issubclass(hint, Asker):
            yield name


def test_every_command_is_an_act_or_says_why_it_is_none() -> None:
    commands = set(leaves(front()))
    assert {"hold list", "route try", "balance", "db stop"} <= commands
    assert commands - set(acts()) == set(NO_ACT)
    assert not set(acts()) & set(NO_ACT)


def test_an_act_without_a_command_of_its_own_belongs_to_one() -> None:
    commands = set(leaves(front())) | {word.split(" ")[0] for word in leaves(front())}
    for name in acts():
        assert name in commands or name.rpartition(" ")[0] in commands, name


@pytest.mark.parametrize("module", QUESTIONS, ids=lambda module: module.__name__)
def test_every_function_that_a_door_can_ask_has_its_row(module: Any) -> None:
    declared = {act.function.__name__ for act in acts().values()
                if act.function.__module__ == module.__name__}  # fmt: skip
    assert declared
    assert set(askers(module)) <= declared


def test_every_file_of_the_desk_is_asked_or_supports_those_that_are() -> None:
    files = {path.stem for path in Path(desk.__file__).parent.glob("*.py")} - {"__init__"}
    asked = {module.__name__.rpartition(".")[2] for module in QUESTIONS}
    assert files == asked | SUPPORT
    assert not asked & SUPPORT


@pytest.mark.parametrize("act", acts().values(), ids=lambda act: act.name)
def test_what_an_act_declares_fits_together(act: Act) -> None:
    assert act.said.endswith(".")
    if act.kind == "reads":
        assert (act.reversible, act.undo) == (True, "")
        assert act.money in ("none", "shown")
    else:
        assert act.undo.endswith(".")
    assert (act.kind == "moves money") == (act.money == "sent")
    if act.kind == "moves money":
        assert not act.reversible


def test_what_sends_documents_is_declared_to() -> None:
    moving = {name for name, act in acts().items() if act.kind == "moves money"}
    assert moving == {
        "hold resend", "hold resend planned", "load run", "route on", "route run",
        "route run initial",
    }  # fmt: skip
    staffed = {
        name for name, act in acts().items() if StaffedDesk in get_type_hints(act.function).values()
    }
    # The rest of what has the house behind it asks systems, and writes at none.
    assert staffed - moving == {
        "audit connections", "balance recount", "balance within", "close check", "hold aside",
        "hold aside planned", "hold example", "hold recheck", "hold recheck planned", "load plan",
        "load sign", "load status", "route edits",
    }  # fmt: skip


def test_two_acts_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="hold list"):
        asks("hold list")(lambda: None)
    assert ACTS["hold list"].function.__name__ == "listing"
