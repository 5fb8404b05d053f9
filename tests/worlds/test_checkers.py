"""Every checker can see: of each property one world that is sound but for one thing."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from counterfoil.rehearse import checkers
from counterfoil.rehearse.checkers import Verdict
from counterfoil.rehearse.ground import Ground
from counterfoil.rehearse.recipe import quiet
from counterfoil.rehearse.seen import Seen, digest
from counterfoil.rehearse.watch import Write
from counterfoil.rehearse.world import World
from counterfoil.twins.shopify import life
from counterfoil.twins.shopify.order import Kept
from counterfoil.values.clock import from_stdlib

CONFIRMED, HELD = 5, 8


@pytest.fixture(scope="module")
def sound(ground: Ground) -> Seen:
    """A quiet world that lasted until its windows were counted, with rows that can be changed."""
    result, seen = ground.play(quiet(1, 8))
    assert result.wrong == []
    seen.tables = {name: [dict(row) for row in rows] for name, rows in seen.tables.items()}
    return seen


@pytest.fixture
def seen(sound: Seen) -> Seen:
    return deepcopy(sound)


def the(seen: Seen, table: str, **wanted: Any) -> Any:
    """The first row of a table of which this is so."""
    return next(row for row in seen.tables[table] if wanted.items() <= row.items())


def run_of(seen: Seen, record: int, **wanted: Any) -> Any:
    """The first run of this record of which this is so."""
    return next(
        run
        for run in seen.tables["run"]
        if record in run["records"] and wanted.items() <= run.items()
    )


def run_of_many(seen: Seen) -> Any:
    """A run of several records that says something else of each."""
    return next(run for run in seen.tables["run"] if len(run["details"]) > 1)


def verdict(seen: Seen) -> Verdict:
    return checkers.judge(seen)


def test_the_world_that_is_doctored_here_is_sound(seen: Seen) -> None:
    assert verdict(seen).wrong == []


Doctor = Callable[[Seen], object]
DOCTORS: dict[str, tuple[Doctor, str]] = {}
RUN_DOCTORS: dict[str, tuple[Doctor, str]] = {}


def doctor(
    begins: str, doctors: dict[str, tuple[Doctor, str]] = DOCTORS
) -> Callable[[Doctor], Doctor]:
    """What it does to a world must be found, in a sentence that begins so."""

    def noted(made: Doctor) -> Doctor:
        doctors[made.__name__] = (made, begins)
        return made

    return noted


# --- P1 to P11: what a world came to ---


@doctor("p1_p4")
def an_order_is_nowhere(seen: Seen) -> None:
    seen.tables["thread"].pop()


@doctor("p1_p4")
def the_last_change_of_an_order_is_nowhere(seen: Seen) -> None:
    row = seen.tables["record"][0]
    row["version"] -= timedelta(seconds=1)


@doctor("p2")
def a_penny_is_missing_here(seen: Seen) -> None:
    seen.tables["record"][0]["minor"] -= 1


@doctor("p3")
def an_order_is_there_twice_and_nobody_is_told(seen: Seen) -> None:
    seen.recipe = msgspec.structs.replace(seen.recipe, lag_s=(0.1, seen.recipe.settle_s))
    key = the(seen, "record", state=CONFIRMED)["key"]
    seen.held[key] *= 2


@doctor("p3")
def an_order_is_there_twice_where_a_look_would_have_shown_it(seen: Seen) -> None:
    twice = the(seen, "record", state=CONFIRMED)
    seen.held[twice["key"]] *= 2
    told = {"record": twice["id"], "cause": "found-twice", "closed_at": None}
    seen.tables["hold"].append({**seen.tables["hold"][0], **told})


@doctor("p1_p4")
def a_record_is_of_no_order(seen: Seen) -> None:
    seen.sold.pop(next(iter(seen.sold)))


@doctor("p5")
def a_delivered_order_is_not_at_the_target(seen: Seen) -> None:
    seen.held.pop(the(seen, "record", state=CONFIRMED)["key"])


@doctor("p5")
def the_target_has_what_was_never_captured(seen: Seen) -> None:
    seen.held["999"] = next(iter(seen.held.values()))


@doctor("p5")
def a_held_order_is_at_the_target(seen: Seen) -> None:
    key = the(seen, "record", state=HELD)["key"]
    seen.held[key] = next(iter(seen.held.values()))


@doctor("p6")
def a_confirmed_order_differs_by_a_penny(seen: Seen) -> None:
    key = the(seen, "record", state=CONFIRMED)["key"]
    (order,) = seen.held[key]
    seen.held[key] = [msgspec.structs.replace(order, gross=order.gross + 1)]


@doctor("p7")
def an_older_version_stands_over_a_newer_one(seen: Seen) -> None:
    row = dict(seen.tables["record"][0])
    later = row | {"id": 10**9, "version": row["version"] + timedelta(seconds=9)}
    seen.tables["record"].append(later)


@doctor("p8_p11")
def a_record_took_a_step_that_there_is_not(seen: Seen) -> None:
    record = the(seen, "record", state=CONFIRMED)["id"]
    run_of(seen, record)["path"] = [CONFIRMED]


@doctor("p8_p11")
def an_entry_is_gone(seen: Seen) -> None:
    run = seen.tables["run"][-1]
    run["records"].pop()
    run["details"][len(run["records"]) or 1 :] = []


@doctor("p8_p11")
def a_run_is_gone(seen: Seen) -> None:
    seen.tables["run"].pop()


@doctor("p9")
def what_waits_for_a_person_has_no_hold(seen: Seen) -> None:
    seen.tables["hold"].pop()


@doctor("p9")
def a_hold_has_no_owner(seen: Seen) -> None:
    seen.tables["hold"][0]["owner"] = ""


@doctor("p9")
def a_hold_does_not_say_what_to_do(seen: Seen) -> None:
    seen.tables["hold"][0]["advice"] = ""


@doctor("p10")
def it_never_came_to_rest(seen: Seen) -> None:
    seen.drained_s = -1.0


@doctor("p11")
def a_posting_was_changed(seen: Seen) -> None:
    row = seen.tables["posting"][0]
    row["digest"] = bytes(len(row["digest"]))


@doctor("p11")
def the_last_posting_of_a_page_was_cut_off(seen: Seen) -> None:
    seen.tables["page"][0]["chain"] = b"another end"


# --- P12 to P19: how the house behaved ---


@doctor("p12")
def a_write_left_before_its_intent(seen: Seen) -> None:
    first = seen.writes[0]
    seen.writes = [msgspec.structs.replace(first, at=first.at.subtract(seconds=60))]


@doctor("p12")
def one_intent_made_two_writes(seen: Seen) -> None:
    seen.writes = [*seen.writes, seen.writes[-1]]


@doctor("p12")
def a_write_is_of_no_record(seen: Seen) -> None:
    seen.writes = [Write(from_stdlib(seen.ended_at), "999")]


@doctor("p12")
def something_was_sent_after_the_route_was_switched_off(seen: Seen) -> None:
    early = min(row["at"] for row in seen.tables["run"])
    seen.tables["route"][0].update(switch="off", switched_at=early - timedelta(seconds=1))


@doctor("p13")
def a_token_is_in_the_evidence(seen: Seen) -> None:
    seen.evidence += min(seen.secrets).encode()


@doctor("p13")
def a_secret_was_logged(seen: Seen) -> None:
    seen.papers = {**seen.papers, "what was logged": f"said {min(seen.secrets)}"}


@doctor("p13")
def a_hold_quotes_a_mailbox(seen: Seen) -> None:
    email = next(kept.sale.email for kept in seen.sold.values() if kept.sale.email)
    seen.papers = {**seen.papers, "hold": f"{email} differs"}


@doctor("p13")
def an_entry_quotes_a_postcode(seen: Seen) -> None:
    postcode = next(kept.sale.deliver_to.postcode for kept in seen.sold.values())
    seen.papers = {**seen.papers, "run": f'["{postcode}"]'}


@doctor("p13")
def a_cause_quotes_a_street(seen: Seen) -> None:
    place = next(kept.sale.deliver_to.line1 for kept in seen.sold.values())
    seen.papers = {**seen.papers, "hold": place}


@doctor("p14")
def a_record_was_tried_beyond_the_limit(seen: Seen) -> None:
    seen.tables["record"][0]["attempts"] = 26


@doctor("p17")
def calls_went_beyond_a_limit(seen: Seen) -> None:
    seen.over_limit = {**seen.over_limit, "shop": 1}


@doctor("p18")
def a_listing_is_never_due_again(seen: Seen) -> None:
    the(seen, "cursor", task="listing")["due"] = None


@doctor("p18")
def a_listing_is_due_in_a_day(seen: Seen) -> None:
    the(seen, "cursor", task="listing")["due"] = seen.ended_at + timedelta(days=1)


@doctor("p18")
def a_window_closed_on_a_wrong_count(seen: Seen) -> None:
    the(seen, "census", closed=True)["listed"] += 1


@doctor("p18")
def a_window_was_never_closed(seen: Seen) -> None:
    seen.tables["census"].clear()


@doctor("p18")
def the_last_news_came_late(seen: Seen) -> None:
    seen.calm_at = min(row["version"] for row in seen.tables["record"])
    record = the(seen, "record", state=CONFIRMED)["id"]
    run_of(seen, record, seq=1)["at"] += timedelta(minutes=2)


@doctor("p19")
def something_broke_that_no_handler_foresaw(seen: Seen) -> None:
    seen.broke = ["page broke: ZeroDivisionError()"]


# --- P22 to P25: what the office holds against what the shop owes ---


def sent(seen: Seen) -> tuple[str, Kept, int]:
    """A confirmed order: its key, the state that was sent, and the office's number; the states of
    every order are remembered from here on."""
    seen.states = {key: [kept] for key, kept in seen.sold.items()}
    key = the(seen, "record", state=CONFIRMED)["key"]
    return key, seen.sold[key], seen.held[key][0].id


@doctor("p22")
def a_unit_is_at_the_office_that_was_not_owed(seen: Seen) -> None:
    key, kept, _ = sent(seen)
    seen.states = {**seen.states, key: [life.units_removed(0, 1)(kept, kept.updated_s)]}


@doctor("p23")
def an_order_changed_after_it_was_sent_and_nobody_is_told(seen: Seen) -> None:
    key, kept, _ = sent(seen)
    noted = msgspec.structs.replace(kept, updated_s=kept.updated_s + 9)
    seen.states = {**seen.states, key: [kept, life.noted("Ring twice")(noted, 0)]}


@doctor("p24")
def a_test_was_written(seen: Seen) -> None:
    key, kept, _ = sent(seen)
    test = msgspec.structs.replace(kept.sale, test=True)
    seen.states = {**seen.states, key: [msgspec.structs.replace(kept, sale=test)]}


@doctor("p25")
def a_confirmed_order_lost_its_town(seen: Seen) -> None:
    *_, office = sent(seen)
    seen.altered = {office: ["town"]}


def test_what_was_owed_and_told_is_right(seen: Seen) -> None:
    sent(seen)
    assert verdict(seen).wrong == []


@pytest.mark.parametrize(("made", "begins"), DOCTORS.values(), ids=DOCTORS.keys())
def test_what_is_wrong_in_one_thing_is_found(seen: Seen, made: Doctor, begins: str) -> None:
    made(seen)
    found = verdict(seen).wrong
    assert [said for said in found if said.startswith(begins)], found


# --- P8 and P11 of pages with several records, whose entries are runs ---


@pytest.fixture(scope="module")
def sound_pages(ground: Ground) -> Seen:
    """A world in which no message came, so that the orders were listed together."""
    result, seen = ground.play(msgspec.structs.replace(quiet(1, 8), listening=False))
    assert result.wrong == []
    seen.tables = {name: [dict(row) for row in rows] for name, rows in seen.tables.items()}
    return seen


@doctor("p8_p11", RUN_DOCTORS)
def a_record_is_entered_once_more(seen: Seen) -> None:
    run = run_of_many(seen)
    seen.tables["run"].append({**run, "records": run["records"][:1], "details": [""]})


@doctor("p11_chain", RUN_DOCTORS)
def a_run_lacks_a_record(seen: Seen) -> None:
    run = run_of_many(seen)
    run["records"].pop(0)
    run["details"].pop(0)


@doctor("p11_chain", RUN_DOCTORS)
def two_records_of_a_run_have_changed_places(seen: Seen) -> None:
    records = run_of_many(seen)["records"]
    records[0], records[1] = records[1], records[0]


@doctor("p11_chain", RUN_DOCTORS)
def a_run_says_something_else_of_a_record(seen: Seen) -> None:
    run_of_many(seen)["details"][0] += " "


@doctor("p11_chain", RUN_DOCTORS)
def a_run_says_one_thing_too_few(seen: Seen) -> None:
    run = run_of_many(seen)
    run["records"].append(run["records"][0])


@doctor("p11_chain", RUN_DOCTORS)
def a_run_says_one_thing_too_many(seen: Seen) -> None:
    run_of_many(seen)["details"].append("")


@doctor("p11_chain", RUN_DOCTORS)
def a_run_was_moved_to_another_posting(seen: Seen) -> None:
    run = run_of_many(seen)
    other = next(row for row in seen.tables["posting"] if row["page"] != run["page"])
    run.update(posting=other["id"], page=other["page"], at=other["at"])


@doctor("p11_chain", RUN_DOCTORS)
def a_run_was_moved_to_another_page(seen: Seen) -> None:
    run_of_many(seen)["page"] += 1


@doctor("p11_chain", RUN_DOCTORS)
def a_run_was_moved_to_another_moment(seen: Seen) -> None:
    run_of_many(seen)["at"] += timedelta(microseconds=1)


@pytest.mark.parametrize(("made", "begins"), RUN_DOCTORS.values(), ids=RUN_DOCTORS.keys())
def test_what_was_done_to_a_run_is_found(sound_pages: Seen, made: Doctor, begins: str) -> None:
    seen = deepcopy(sound_pages)
    made(seen)
    found = verdict(seen).wrong
    assert [said for said in found if said.startswith(begins)], found


# --- what the figures count, and the two that ask a world twice ---


def test_twice_at_a_target_that_refuses_is_counted_as_twice(seen: Seen) -> None:
    seen.recipe = msgspec.structs.replace(seen.recipe, kind="A")
    an_order_is_there_twice_and_nobody_is_told(seen)
    found = verdict(seen)
    assert (found.duplicates_ab, found.undetected) == (1, 0)


def test_p15_the_digest_tells_one_end_from_another(seen: Seen, sound: Seen) -> None:
    assert digest(seen) == digest(sound)
    a_penny_is_missing_here(seen)
    assert digest(seen) != digest(sound)


def test_p20_a_replay_that_changes_something_is_wrong(ground: Ground) -> None:
    async def forgetful() -> list[str]:
        return ["message 3 was stored"]

    def prepare(world: World) -> None:
        world.replayed = forgetful  # type: ignore[method-assign]

    result, _ = ground.play(quiet(4, 8), prepare=prepare)
    assert result.wrong == ["p20_replay: message 3 was stored"]


def test_every_checker_has_a_world_in_which_it_sees() -> None:
    known = {check.__name__.lstrip("_") for check in checkers.CHECKS}
    seen = {name for name in known if any(name.startswith(told) for _, told in DOCTORS.values())}
    assert known == seen
