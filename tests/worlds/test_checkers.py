"""Every checker can see: of each property one world that is sound but for one thing."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from counterfoil.rehearse.cast.twin import Sold
from counterfoil.rehearse.worlds import checkers
from counterfoil.rehearse.worlds.recipe import quiet
from counterfoil.rehearse.worlds.runner import Runner
from counterfoil.rehearse.worlds.snapshot import Snapshot, digest
from counterfoil.rehearse.worlds.verdict import Verdict
from counterfoil.rehearse.worlds.wiretap import Write
from counterfoil.rehearse.worlds.world import World
from counterfoil.values.clock import from_stdlib

CONFIRMED, HELD = 5, 8


@pytest.fixture(scope="module")
def sound(runner: Runner) -> Snapshot:
    """A quiet world that lasted until its windows were counted, with rows that can be changed."""
    result, snapshot = runner.play(quiet(1, 8))
    assert result.wrong == []
    snapshot.tables = {name: [dict(row) for row in rows] for name, rows in snapshot.tables.items()}
    return snapshot


@pytest.fixture
def snapshot(sound: Snapshot) -> Snapshot:
    return deepcopy(sound)


def the(snapshot: Snapshot, table: str, **wanted: Any) -> Any:
    """The first row of a table of which this is so."""
    return next(row for row in snapshot.tables[table] if wanted.items() <= row.items())


def run_of(snapshot: Snapshot, record: int, **wanted: Any) -> Any:
    """The first run of this record of which this is so."""
    return next(
        run
        for run in snapshot.tables["run"]
        if record in run["records"] and wanted.items() <= run.items()
    )


def run_of_many(snapshot: Snapshot) -> Any:
    """A run of several records that says something else of each."""
    return next(run for run in snapshot.tables["run"] if len(run["details"]) > 1)


def verdict(snapshot: Snapshot) -> Verdict:
    return checkers.judge(snapshot)


def test_the_world_that_is_doctored_here_is_sound(snapshot: Snapshot) -> None:
    assert verdict(snapshot).wrong == []


Doctor = Callable[[Snapshot], object]
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
def an_order_is_nowhere(snapshot: Snapshot) -> None:
    snapshot.tables["thread"].pop()


@doctor("p1_p4")
def the_last_change_of_an_order_is_nowhere(snapshot: Snapshot) -> None:
    row = snapshot.tables["record"][0]
    row["version"] -= timedelta(seconds=1)


@doctor("p2")
def a_penny_is_missing_here(snapshot: Snapshot) -> None:
    snapshot.tables["record"][0]["minor"] -= 1


@doctor("p3")
def an_order_is_there_twice_and_nobody_is_told(snapshot: Snapshot) -> None:
    snapshot.recipe = msgspec.structs.replace(
        snapshot.recipe, lag_s=(0.1, snapshot.recipe.settle_s)
    )
    key = the(snapshot, "record", state=CONFIRMED)["key"]
    snapshot.held[key] *= 2


@doctor("p3")
def an_order_is_there_twice_where_a_look_would_have_shown_it(snapshot: Snapshot) -> None:
    twice = the(snapshot, "record", state=CONFIRMED)
    snapshot.held[twice["key"]] *= 2
    told = {"record": twice["id"], "cause": "found-twice", "closed_at": None}
    snapshot.tables["hold"].append({**snapshot.tables["hold"][0], **told})


@doctor("p1_p4")
def a_record_is_of_no_order(snapshot: Snapshot) -> None:
    snapshot.sold.pop(next(iter(snapshot.sold)))


@doctor("p5")
def a_delivered_order_is_not_at_the_target(snapshot: Snapshot) -> None:
    snapshot.held.pop(the(snapshot, "record", state=CONFIRMED)["key"])


@doctor("p5")
def the_target_has_what_was_never_captured(snapshot: Snapshot) -> None:
    snapshot.held["999"] = next(iter(snapshot.held.values()))


@doctor("p5")
def a_held_order_is_at_the_target(snapshot: Snapshot) -> None:
    key = the(snapshot, "record", state=HELD)["key"]
    snapshot.held[key] = next(iter(snapshot.held.values()))


@doctor("p6")
def a_confirmed_order_differs_by_a_penny(snapshot: Snapshot) -> None:
    key = the(snapshot, "record", state=CONFIRMED)["key"]
    (order,) = snapshot.held[key]
    snapshot.held[key] = [msgspec.structs.replace(order, gross=order.gross + 1)]


@doctor("p7")
def an_older_version_stands_over_a_newer_one(snapshot: Snapshot) -> None:
    row = dict(snapshot.tables["record"][0])
    later = row | {"id": 10**9, "version": row["version"] + timedelta(seconds=9)}
    snapshot.tables["record"].append(later)


@doctor("p8_p11")
def a_record_took_a_step_that_there_is_not(snapshot: Snapshot) -> None:
    record = the(snapshot, "record", state=CONFIRMED)["id"]
    run_of(snapshot, record)["path"] = [CONFIRMED]


@doctor("p8_p11")
def what_is_in_doubt_stepped_aside_for_nothing(snapshot: Snapshot) -> None:
    record = the(snapshot, "record", state=CONFIRMED)
    run_of(snapshot, record["id"], before=3)["path"] = [7, 12]
    run_of(snapshot, record["id"], before=4)["records"].remove(record["id"])
    record |= {"state": 12, "seq": record["seq"] - 1}


@doctor("p8_p11")
def an_entry_is_gone(snapshot: Snapshot) -> None:
    run = snapshot.tables["run"][-1]
    run["records"].pop()
    run["details"][len(run["records"]) or 1 :] = []


@doctor("p8_p11")
def a_run_is_gone(snapshot: Snapshot) -> None:
    snapshot.tables["run"].pop()


@doctor("p9")
def what_waits_for_a_person_has_no_hold(snapshot: Snapshot) -> None:
    snapshot.tables["hold"].pop()


@doctor("p9")
def a_hold_has_no_owner(snapshot: Snapshot) -> None:
    snapshot.tables["hold"][0]["owner"] = ""


@doctor("p9")
def a_hold_does_not_say_what_to_do(snapshot: Snapshot) -> None:
    snapshot.tables["hold"][0]["advice"] = ""


@doctor("p10")
def it_never_came_to_rest(snapshot: Snapshot) -> None:
    snapshot.drained_s = -1.0


@doctor("p11")
def a_posting_was_changed(snapshot: Snapshot) -> None:
    row = snapshot.tables["posting"][0]
    row["digest"] = bytes(len(row["digest"]))


@doctor("p11")
def the_last_posting_of_a_page_was_cut_off(snapshot: Snapshot) -> None:
    snapshot.tables["page"][0]["chain"] = b"another end"


# --- P12 to P19: how the house behaved ---


@doctor("p12")
def a_write_left_before_its_intent(snapshot: Snapshot) -> None:
    first = snapshot.writes[0]
    snapshot.writes = [msgspec.structs.replace(first, at=first.at.subtract(seconds=60))]


@doctor("p12")
def one_intent_made_two_writes(snapshot: Snapshot) -> None:
    snapshot.writes = [*snapshot.writes, snapshot.writes[-1]]


@doctor("p12")
def a_write_is_of_no_record(snapshot: Snapshot) -> None:
    snapshot.writes = [Write(from_stdlib(snapshot.ended_at), "999")]


@doctor("p12")
def something_was_sent_after_the_route_was_switched_off(snapshot: Snapshot) -> None:
    early = min(row["at"] for row in snapshot.tables["run"])
    snapshot.tables["route"][0].update(switch="off", switched_at=early - timedelta(seconds=1))


@doctor("p13")
def a_token_is_in_the_evidence(snapshot: Snapshot) -> None:
    snapshot.evidence += min(snapshot.secrets).encode()


@doctor("p13")
def a_secret_was_logged(snapshot: Snapshot) -> None:
    snapshot.papers = {**snapshot.papers, "what was logged": f"said {min(snapshot.secrets)}"}


@doctor("p13")
def a_hold_quotes_a_mailbox(snapshot: Snapshot) -> None:
    email = next(sold.sale.email for sold in snapshot.sold.values() if sold.sale.email)
    snapshot.papers = {**snapshot.papers, "hold": f"{email} differs"}


@doctor("p13")
def an_entry_quotes_a_postcode(snapshot: Snapshot) -> None:
    postcode = next(sold.sale.deliver_to.postcode for sold in snapshot.sold.values())
    snapshot.papers = {**snapshot.papers, "run": f'["{postcode}"]'}


@doctor("p13")
def a_cause_quotes_a_street(snapshot: Snapshot) -> None:
    place = next(sold.sale.deliver_to.line1 for sold in snapshot.sold.values())
    snapshot.papers = {**snapshot.papers, "hold": place}


@doctor("p14")
def a_record_was_tried_beyond_the_limit(snapshot: Snapshot) -> None:
    snapshot.tables["record"][0]["attempts"] = 26


@doctor("p17")
def calls_went_beyond_a_limit(snapshot: Snapshot) -> None:
    snapshot.over_limit = {**snapshot.over_limit, "shop": 1}


@doctor("p18")
def a_listing_is_never_due_again(snapshot: Snapshot) -> None:
    the(snapshot, "cursor", task="listing")["due"] = None


@doctor("p18")
def a_listing_is_due_in_a_day(snapshot: Snapshot) -> None:
    the(snapshot, "cursor", task="listing")["due"] = snapshot.ended_at + timedelta(days=1)


@doctor("p18")
def a_window_closed_on_a_wrong_count(snapshot: Snapshot) -> None:
    the(snapshot, "census", closed=True)["listed"] += 1


@doctor("p18")
def a_window_was_never_closed(snapshot: Snapshot) -> None:
    snapshot.tables["census"].clear()


@doctor("p18")
def the_last_news_came_late(snapshot: Snapshot) -> None:
    snapshot.calm_at = min(row["version"] for row in snapshot.tables["record"])
    record = the(snapshot, "record", state=CONFIRMED)["id"]
    run_of(snapshot, record, seq=1)["at"] += timedelta(minutes=2)


@doctor("p19")
def something_broke_that_no_handler_foresaw(snapshot: Snapshot) -> None:
    snapshot.broke = ["page broke: ZeroDivisionError()"]


# --- P22 to P25: what the office holds against what the shop owes ---


def sent(snapshot: Snapshot) -> tuple[str, Sold, int]:
    """A confirmed order: its key, the state that was sent, and the office's number; the states of
    every order are remembered from here on."""
    snapshot.states = {key: [sold] for key, sold in snapshot.sold.items()}
    key = the(snapshot, "record", state=CONFIRMED)["key"]
    return key, snapshot.sold[key], snapshot.held[key][0].id


@doctor("p22")
def a_unit_is_at_the_office_that_was_not_owed(snapshot: Snapshot) -> None:
    key, sold, _ = sent(snapshot)
    (sku, pieces), *others = sold.owed
    fewer = msgspec.structs.replace(sold, owed=((sku, pieces - 1), *others))
    snapshot.states = {**snapshot.states, key: [fewer]}


@doctor("p23")
def an_order_changed_after_it_was_sent_and_nobody_is_told(snapshot: Snapshot) -> None:
    key, sold, _ = sent(snapshot)
    sale = msgspec.structs.replace(sold.sale, note="Ring twice")
    noted = msgspec.structs.replace(sold, updated_s=sold.updated_s + 9, sale=sale)
    snapshot.states = {**snapshot.states, key: [sold, noted]}


@doctor("p24")
def a_test_was_written(snapshot: Snapshot) -> None:
    key, sold, _ = sent(snapshot)
    test = msgspec.structs.replace(sold.sale, test=True)
    snapshot.states = {**snapshot.states, key: [msgspec.structs.replace(sold, sale=test)]}


@doctor("p25")
def a_confirmed_order_lost_its_town(snapshot: Snapshot) -> None:
    *_, office = sent(snapshot)
    snapshot.altered = {office: ["town"]}


def test_what_was_owed_and_told_is_right(snapshot: Snapshot) -> None:
    sent(snapshot)
    assert verdict(snapshot).wrong == []


@pytest.mark.parametrize(("made", "begins"), DOCTORS.values(), ids=DOCTORS.keys())
def test_what_is_wrong_in_one_thing_is_found(snapshot: Snapshot, made: Doctor, begins: str) -> None:
    made(snapshot)
    found = verdict(snapshot).wrong
    assert [said for said in found if said.startswith(begins)], found


# --- P8 and P11 of pages with several records, whose entries are runs ---


@pytest.fixture(scope="module")
def sound_pages(runner: Runner) -> Snapshot:
    """A world in which no message came, so that the orders were listed together."""
    result, snapshot = runner.play(msgspec.structs.replace(quiet(1, 8), listening=False))
    assert result.wrong == []
    snapshot.tables = {name: [dict(row) for row in rows] for name, rows in snapshot.tables.items()}
    return snapshot


@doctor("p8_p11", RUN_DOCTORS)
def a_record_is_entered_once_more(snapshot: Snapshot) -> None:
    run = run_of_many(snapshot)
    snapshot.tables["run"].append({**run, "records": run["records"][:1], "details": [""]})


@doctor("p11_chain", RUN_DOCTORS)
def a_run_lacks_a_record(snapshot: Snapshot) -> None:
    run = run_of_many(snapshot)
    run["records"].pop(0)
    run["details"].pop(0)


@doctor("p11_chain", RUN_DOCTORS)
def two_records_of_a_run_have_changed_places(snapshot: Snapshot) -> None:
    records = run_of_many(snapshot)["records"]
    records[0], records[1] = records[1], records[0]


@doctor("p11_chain", RUN_DOCTORS)
def a_run_says_something_else_of_a_record(snapshot: Snapshot) -> None:
    run_of_many(snapshot)["details"][0] += " "


@doctor("p11_chain", RUN_DOCTORS)
def a_run_says_one_thing_too_few(snapshot: Snapshot) -> None:
    run = run_of_many(snapshot)
    run["records"].append(run["records"][0])


@doctor("p11_chain", RUN_DOCTORS)
def a_run_says_one_thing_too_many(snapshot: Snapshot) -> None:
    run_of_many(snapshot)["details"].append("")


@doctor("p11_chain", RUN_DOCTORS)
def a_run_was_moved_to_another_posting(snapshot: Snapshot) -> None:
    run = run_of_many(snapshot)
    other = next(row for row in snapshot.tables["posting"] if row["page"] != run["page"])
    run.update(posting=other["id"], page=other["page"], at=other["at"])


@doctor("p11_chain", RUN_DOCTORS)
def a_run_was_moved_to_another_page(snapshot: Snapshot) -> None:
    run_of_many(snapshot)["page"] += 1


@doctor("p11_chain", RUN_DOCTORS)
def a_run_was_moved_to_another_moment(snapshot: Snapshot) -> None:
    run_of_many(snapshot)["at"] += timedelta(microseconds=1)


@pytest.mark.parametrize(("made", "begins"), RUN_DOCTORS.values(), ids=RUN_DOCTORS.keys())
def test_what_was_done_to_a_run_is_found(sound_pages: Snapshot, made: Doctor, begins: str) -> None:
    snapshot = deepcopy(sound_pages)
    made(snapshot)
    found = verdict(snapshot).wrong
    assert [said for said in found if said.startswith(begins)], found


# --- what the figures count, and the two that ask a world twice ---


def test_twice_at_a_target_that_refuses_is_counted_as_twice(snapshot: Snapshot) -> None:
    snapshot.recipe = msgspec.structs.replace(snapshot.recipe, kind="A")
    an_order_is_there_twice_and_nobody_is_told(snapshot)
    found = verdict(snapshot)
    assert (found.duplicates_ab, found.undetected) == (1, 0)


def test_p15_the_digest_tells_one_end_from_another(snapshot: Snapshot, sound: Snapshot) -> None:
    assert digest(snapshot) == digest(sound)
    a_penny_is_missing_here(snapshot)
    assert digest(snapshot) != digest(sound)


def test_p20_a_replay_that_changes_something_is_wrong(runner: Runner) -> None:
    async def forgetful() -> list[str]:
        return ["message 3 was stored"]

    def prepare(world: World) -> None:
        world.replayed = forgetful  # type: ignore[method-assign]

    result, _ = runner.play(quiet(4, 8), prepare=prepare)
    assert result.wrong == ["p20_replay: message 3 was stored"]


def test_every_checker_has_a_world_in_which_it_sees() -> None:
    known = {check.__name__.lstrip("_") for check in checkers.CHECKS["order"]}
    seen = {name for name in known if any(name.startswith(told) for _, told in DOCTORS.values())}
    assert known == seen
