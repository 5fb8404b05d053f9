"""What a lookout's words come to: seen, not seen, hung, or nothing proved."""

from __future__ import annotations

import signal
from subprocess import CompletedProcess

import msgspec

from counterfoil.rehearse.sabotage import report, sabotage
from counterfoil.rehearse.sabotage.copies import Look, Trial
from counterfoil.rehearse.sabotage.worlds_look import CUT, Sight, Word, sight, silent

TWICE = "p3_at_most_once: order 7 is at the target 2 times"


def told(code: int, *words: Word, stderr: str = "") -> CompletedProcess[str]:
    lines = "".join(f"{msgspec.json.encode(word).decode()}\n" for word in words)
    return CompletedProcess([], code, lines, stderr)


def world(number: int, *wrong: str) -> tuple[Word, Word]:
    return Word(number), Word(number, True, wrong)


def test_the_world_that_said_no_is_told_with_its_property() -> None:
    seen = sight("a-try", told(1, *world(1), *world(2, TWICE)))
    assert seen == Sight("a-try", "p3_at_most_once", 2, 2, "order 7 is at the target 2 times")
    assert seen.caught


def test_what_came_of_it_says_more_than_that_it_did_not_rest() -> None:
    seen = sight("a-try", told(1, *world(1, "p10_drained: on and on", TWICE)))
    assert seen.by == "p3_at_most_once"


def test_what_a_drill_says_itself_is_no_property() -> None:
    seen = sight("a-try", told(1, *world(1, "3 writes before a person switched on")))
    assert (seen.by, seen.said) == ("restored", "3 writes before a person switched on")


def test_worlds_that_are_silent_saw_nothing() -> None:
    seen = sight("a-try", told(0, *world(1), *world(2)))
    assert (seen.caught, seen.by, seen.worlds, seen.fault) == (False, "", 2, "")


def test_a_world_that_never_ends_is_a_finding() -> None:
    seen = sight("a-try", told(-signal.SIGALRM, *world(1), Word(2)))
    assert (seen.caught, seen.by, seen.number) == (True, "p10_drained", 2)


def test_a_copy_that_broke_proves_nothing() -> None:
    broke = "p19_foreseen: page broke: NameError(\"name 'nobody' is not defined\")"
    seen = sight("a-try", told(1, *world(1, "p10_drained: on and on", broke)))
    assert not seen.caught
    assert seen.fault.startswith("the copy broke")


def test_a_copy_that_does_not_start_proves_nothing() -> None:
    seen = sight("a-try", told(1, stderr="Traceback\nSyntaxError: invalid syntax"))
    assert not seen.caught
    assert seen.fault == "nothing was looked at: SyntaxError: invalid syntax"


def test_worlds_that_had_no_time_tell_nothing() -> None:
    seen = sight("a-try", told(CUT, stderr="no end within 3 s"))
    assert seen.cut
    assert not seen.caught


def test_only_a_world_that_ended_without_a_word_is_silent() -> None:
    assert silent(told(1, *world(1), *world(2, TWICE), Word(3))) == {1}


LOOK = Look("no-settle", "tests/flows/test_in_doubt.py::test_it[C]", 9, 1.0)
SEEN = Sight("no-settle", "p3_at_most_once", 2, 2, "twice")
BLIND = Sight("no-settle", "", 12)


def test_what_the_worlds_had_to_see_and_did_not_is_a_failure() -> None:
    assert Trial("no-settle", LOOK, SEEN).passed
    assert Trial("no-settle", LOOK).passed
    missed = Trial("no-settle", LOOK, BLIND)
    assert not missed.passed
    (failure,) = sabotage._failures(missed)
    assert failure.endswith(
        "12 worlds saw nothing. Again: python -m counterfoil.rehearse.sabotage --worlds no-settle"
    )


def test_each_is_counted_with_its_seeds() -> None:
    trials = [Trial("no-settle", LOOK, SEEN), Trial("half-even", LOOK)]
    assert sabotage._reached(trials) == {
        "tests.no-settle": 9,
        "tests.half-even": 9,
        "worlds.no-settle": 2,
    }
    counts = sabotage._counts(trials, sabotage.planted())
    assert (counts["shown_to_worlds"], counts["caught_by_worlds"], counts["seeds_most"]) == (
        1,
        1,
        2,
    )


def test_the_page_tells_who_noticed() -> None:
    page = report.page([Trial("no-settle", LOOK, SEEN), Trial("half-even", LOOK)])
    assert "| `test_in_doubt::test_it` | 2, P3 at most once |\n" in page
    assert "| `half-even` | Halves are rounded" in page
    assert "1 of 1 that the worlds must see were seen by them" in page
