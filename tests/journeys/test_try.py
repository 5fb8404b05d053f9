"""What would become of a message, tried before anything moves; and what was lost once it moved."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import msgspec
import pytest
from journeys_environment import ROUTE, SECRETS
from msgspec.structs import replace
from office import house_and_office, pushed

from tests.connectors.shopify.shapes import Item, Postage, Told, hook, node, plain_vat

TEES = Told(
    lines=(Item(9001, 1250, 2, "TEE", taxes=plain_vat(417)),), total=2500, tax=417,
)  # fmt: skip
POSTED = replace(TEES, shipping=(Postage(495, taxes=plain_vat(83)),), total=2995, tax=500)
LATER = {"updated": "2026-11-02T10:00:00Z", "updated_local": "2026-11-02T06:00:00-04:00"}
FEWER = replace(
    TEES, lines=(replace(TEES.lines[0], now=1, taxes=plain_vat(208)),), current_total=1250,
    current_tax=208, paid="PARTIALLY_REFUNDED", **LATER,
)  # fmt: skip
BODIES: dict[str, Any] = {
    "sent": TEES,
    "left_out": replace(TEES, cancelled=True),
    "waiting": replace(TEES, paid="AUTHORIZED"),
    "held": POSTED,
    "refused": b"{not json",
    "nameless": b"{}",
    "empty": b"",
}
BECAME = {
    "sent": ("sent", ""),
    "left_out": ("left_out", "cancelled"),
    "waiting": ("waiting", "payment-authorised"),
    "held": ("held", "unmapped-value"),
    "refused": ("refused", "bad-json"),
    "nameless": ("refused", "no-identity"),
    "empty": ("refused", "bad-json"),
}


def body(told: Told | bytes) -> bytes:
    return told if isinstance(told, bytes) else msgspec.json.encode(hook(told))


@pytest.fixture
def tried(folder: Path, run):
    """Tries bodies by name on the project's route, without a database and without a secret."""

    def ran(*words: str, **bodies: Told | bytes):
        for name, told in (bodies or BODIES).items():
            (folder / name).write_bytes(body(told))
        return run("route", "try", "orders", *words)

    return ran


# --- one file ---


def test_a_try_ends_well_whatever_would_become_of_it(tried) -> None:
    ended = tried(*BODIES, "--json")
    assert (ended.code, ended.err) == (0, "")
    found = {one["file"]: one for one in ended.data}
    assert {name: (one["outcome"], one["code"]) for name, one in found.items()} == BECAME
    assert [name for name, one in found.items() if one["payload"] is not None] == ["sent"]


@pytest.mark.parametrize("name", ["left_out", "refused"])
def test_and_so_it_does_of_one_alone(tried, name: str) -> None:
    ended = tried(name, "--json")
    assert (ended.code, [one["outcome"] for one in ended.data]) == (0, [name])


def test_of_one_file_everything_is_told(tried) -> None:
    ended = tried("sent")
    assert (ended.code, ended.err) == (0, "")
    first, heads, line, *rest = ended.out.splitlines()
    assert first == "sent: would be sent to office, £25.00"
    assert heads.split() == ["pieces", "what", "money", "kind"]
    assert line.split() == ["2", "TEE", "£25.00", "product"]
    assert any(one.startswith("  lost: payments: ") for one in rest)
    assert any(one.startswith("  sent and not read back: ") for one in rest)


def test_of_what_is_held_the_advice_is_told(tried) -> None:
    said = tried("held").out
    assert "held: held for a person, £29.95" in said
    assert "'Royal Mail Tracked 48' is not in the value map 'delivery'." in said
    assert "Add it to value map delivery" in said


def test_an_answer_of_the_shop_is_tried_like_its_message(tried) -> None:
    answer = msgspec.json.encode(node(TEES))
    asked, told = tried("asked", "told", "--json", asked=answer, told=TEES).data
    assert asked["payload"] == told["payload"]
    assert asked["document"]["total_minor"] == told["document"]["total_minor"] == 2500


def test_the_gates_of_the_route_decide(tried, folder: Path) -> None:
    (folder / "routes" / "orders.toml").write_text(f'{ROUTE}[gates]\nauthorised = "send"\n')
    (found,) = tried("waiting", "--json").data
    assert found["outcome"] == "sent"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("gone",), "gone cannot be read: No such file or directory."),
        (("routes",), "routes is no file."),
        (("sent", "gone"), "gone cannot be read"),
        ((), "Say what is to be tried."),
        (("sent", "--key", "6001001"), "Say what is to be tried."),
        (("sent", "--after"), "--after takes two files"),
        (("sent", "held", "empty", "--after"), "--after takes two files"),
    ],
)
def test_what_cannot_be_tried_is_usage(tried, words: tuple[str, ...], said: str) -> None:
    ended = tried(*words)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_a_route_that_is_none_is_usage(tried, run) -> None:
    tried("sent")
    ended = run("route", "try", "order", "sent")
    assert ended.code == 2
    assert "Did you mean 'orders'?" in ended.err


def test_a_key_of_a_shop_that_is_away_is_no_outcome(project) -> None:
    ended = project("route", "try", "orders", "--key", "6001001")
    assert (ended.code, ended.out) == (5, "")


# --- several files ---


def test_of_several_files_each_is_a_row(tried) -> None:
    ended = tried(*BODIES)
    heads, *rows = ended.out.splitlines()
    assert (ended.code, heads.split()) == (0, ["file", "outcome", "total", "why"])
    assert [row.split()[0] for row in rows] == list(BODIES)
    told = dict(zip(BODIES, rows, strict=True))
    for name, expected in {
        "sent": ("would be sent to office", "£25.00"),
        "left_out": ("left out", "£25.00", "cancelled: cancelled before it was sent"),
        "waiting": ("waits", "£25.00", "payment-authorised: its payment is authorised"),
        "held": ("held for a person", "£29.95", "unmapped-value: 'Royal Mail Tracked 48' is not"),
        "refused": ("refused", "bad-json: The file is not JSON"),
        "empty": ("refused", "bad-json: The file is not JSON"),
        "nameless": ("refused", "no-identity: "),
    }.items():
        assert all(words in told[name] for words in expected), told[name]
    assert "Try one alone" in ended.err


def test_of_long_paths_the_ends_are_told(tried, folder: Path) -> None:
    deep = folder / ("deep" * 20)
    deep.mkdir()
    for name in ("one", "other"):
        (deep / name).write_bytes(body(TEES))
    _, first, second = tried(str(deep / "one"), str(deep / "other")).out.splitlines()
    assert "deep/one " in first
    assert "deep/other " in second


def test_a_hundred_files_are_a_hundred_rows(tried, folder: Path) -> None:
    names = [f"{number:03d}.json" for number in range(100)]
    for name in names:
        (folder / name).write_bytes(body(TEES))
    _, *rows = tried(*names).out.splitlines()
    assert [row.split()[0] for row in rows] == names


# --- one after the other ---


def test_a_change_after_it_was_sent_would_be_held_and_told(tried) -> None:
    ended = tried("--after", "before", "now", "--json", before=TEES, now=FEWER)
    before, now = ended.data
    assert (ended.code, before["outcome"]) == (0, "sent")
    assert (now["outcome"], now["code"]) == ("held", "changed-after-sent")
    assert {"field": "TEE", "before": "2", "now": "1"} in now["changes"]
    assert {"field": "total", "before": "£25.00", "now": "£12.50"} in now["changes"]
    shown = tried("--after", "before", "now").out
    assert "before: would be sent to office" in shown
    _, _, second = shown.partition("now: ")
    assert second.startswith("held for a person")
    assert "TEE 2 → 1" in second
    assert "total £25.00 → £12.50" in second
    assert "Change it at the target by hand" in second


def test_two_versions_are_of_one_order(tried) -> None:
    other = msgspec.json.encode({**hook(TEES), "id": 6001002, "name": "#1002"})
    ended = tried("--after", "before", "other", before=TEES, other=other)
    assert ended.code == 2
    assert "Name two versions of one document" in ended.err


def test_what_a_newer_version_says_and_nobody_acts_on_is_told(tried) -> None:
    tagged = replace(TEES, **LATER, tags=("vip",))
    ended = tried("--after", "before", "now", "--json", before=TEES, now=tagged)
    assert ended.data[1]["changes"] == [{"field": "tags", "before": "", "now": "vip"}]


@pytest.mark.parametrize(
    ("now", "outcome", "code"),
    [
        (replace(TEES, **LATER), "merged", ""),
        (replace(TEES, **LATER, tags=("vip",)), "merged", ""),
        (replace(TEES, updated_local="2026-11-02T05:14:08-04:00"), "superseded", ""),
        (replace(TEES, **LATER, note="leave it with Jo"), "held", "changed-after-sent"),
        (replace(TEES, **LATER, cancelled=True), "held", "changed-after-sent"),
        (b"{not json", "refused", "bad-json"),
    ],
    ids=["touched", "tagged", "older", "noted", "cancelled", "not JSON"],
)
def test_what_a_newer_version_would_do(tried, now: Told | bytes, outcome: str, code: str) -> None:
    ended = tried("--after", "before", "now", "--json", before=TEES, now=now)
    assert ended.code == 0
    assert (ended.data[1]["outcome"], ended.data[1]["code"]) == (outcome, code)


def test_of_one_that_was_cancelled_it_is_said(tried) -> None:
    now = replace(TEES, **LATER, cancelled=True)
    said = tried("--after", "before", "now", before=TEES, now=now).out
    assert "Order #CF1001 was cancelled at the shop after it had been sent" in said


def test_a_cancelled_one_that_cannot_be_read_is_not_passed_over_once_it_was_sent(tried) -> None:
    """As the house itself judges it: what was sent must be cancelled at the target too."""
    cancelled = hook(replace(TEES, **LATER, cancelled=True))
    unread = msgspec.json.encode({**cancelled, "line_items": "a text, where lines belong"})
    _, now = tried("--after", "before", "now", "--json", before=TEES, now=unread).data
    assert now["outcome"] == "held"
    (alone,) = tried("now", "--json", before=TEES, now=unread).data
    assert (alone["outcome"], alone["code"]) == ("left_out", "cancelled")


def test_of_what_tells_of_a_person_only_the_name_is_shown(tried) -> None:
    now = replace(TEES, **LATER, note="leave it with Jo")
    words = ("--after", "before", "now")
    for flags in ((), ("--json",)):
        ended = tried(*words, *flags, before=TEES, now=now)
        assert "note changed" in ended.out
    (change,) = ended.data[1]["changes"]
    assert change == {"field": "note", "before": "", "now": ""}


def test_where_the_first_would_not_be_sent_the_second_is_a_first(tried) -> None:
    waiting = replace(TEES, paid="AUTHORIZED")
    ended = tried("--after", "before", "now", "--json", before=waiting, now=replace(TEES, **LATER))
    assert [one["outcome"] for one in ended.data] == ["waiting", "sent"]


# --- what strangers write ---

HOSTILE = "#1\r\x1b[2K\x1b[31m\x9b1A\x7f\u202epaid"


@pytest.mark.parametrize("flags", [(), ("--json",)])
@pytest.mark.parametrize("words", [(), ("now",), ("now", "--after")])
def test_nothing_of_a_hostile_file_is_obeyed(tried, folder: Path, flags, words) -> None:
    name = "odd\x1b[2K\u202e"
    item = replace(TEES.lines[0], sku=HOSTILE, name=HOSTILE)
    told = hook(replace(TEES, lines=(item,), note=HOSTILE, attributes=((HOSTILE, HOSTILE),)))
    (folder / name).write_bytes(msgspec.json.encode({**told, "name": HOSTILE}))
    ended = tried(name, *words, *flags, now=FEWER)
    assert ended.code == 0
    obeyed = {one for one in ended.out + ended.err if unicodedata.category(one) in ("Cc", "Cf")}
    assert obeyed <= {"\n"}
    assert "[2K" in ended.out


# --- what was lost once it moved ---


@pytest.fixture
def house(folder: Path, database: str, project, monkeypatch: pytest.MonkeyPatch):
    """Sends bodies through the project's own house to its OrderWise; then runs commands."""
    monkeypatch.setenv("DATABASE_URL", database)

    async def ran(*told: Told):
        async with house_and_office(folder, {"DATABASE_URL": database, **SECRETS}) as (one, twin):
            await pushed(one, [body(each) for each in told])
            assert len(list(twin.book("order"))) == len(told)
        return project

    return ran


async def test_what_was_lost_is_summed_by_field_with_the_money_of_the_orders(house) -> None:
    project = await house(replace(TEES, attributes=(("Gift message", "Happy birthday"),)))
    assert project("route", "losses", "ordres").code == 2
    found = project("route", "losses", "orders", "--json").data
    lost = {one["field"]: one for one in found["losses"]}
    assert lost["attributes"]["count"] == 1
    assert lost["attributes"]["documents"] == {"minor": 2500, "currency": "GBP"}
    assert {one["field"]: one["count"] for one in found["not_compared"]}["lines.item_number"] == 1
    ended = project("route", "losses", "orders")
    assert ended.code == 0
    (row,) = [line for line in ended.out.splitlines() if line.startswith("attributes ")]
    assert "£25.00" in row
    assert "Happy birthday" not in ended.out
    assert "sent and not read back: lines.item_number" in ended.out


async def test_what_a_try_says_is_lost_is_what_is_lost(house, tried) -> None:
    gift = replace(TEES, attributes=(("Gift message", "Happy birthday"),), tags=("vip",))
    (said,) = tried("gift", "--json", gift=gift).data
    project = await house(gift)
    found = project("route", "losses", "orders", "--json").data
    assert {one["field"] for one in said["losses"]} == {one["field"] for one in found["losses"]}
    assert set(said["not_compared"]) == {one["field"] for one in found["not_compared"]}
