"""Every gap and every double among duties is told, each in one sentence with its place."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from counterfoil.govern.duties import Duties
from counterfoil.govern.gap import Gap
from counterfoil.govern.uncovered import Way, gaps

PEOPLE = {"anna": "Anna Price", "raj": "Raj Patel"}
DUTY = {"accountable": "anna", "responsible": ["ops"]}
WHOLE: dict[str, Any] = {
    "people": PEOPLE,
    "teams": {"ops": ["anna", "raj"]},
    "default": DUTY,
    "routes": {"orders": DUTY},
    "causes": {"no-sku": {"accountable": "raj", "responsible": ["raj"]}},
    "rota": {
        "ops": {
            "zone": "Europe/London",
            "shifts": {
                "day": {"people": ["anna"], "from": "08:00", "until": "20:00"},
                "night": {"people": ["raj"], "from": "20:00", "until": "08:00"},
            },
        }
    },
}
WAYS = (Way("orders", "order"),)


def found(tree: dict[str, Any], *ways: Way) -> list[Gap]:
    duties = msgspec.convert(tree, Duties)
    return [*gaps(duties, ways or WAYS, ("order", "stock"), ("no-sku", "no-order"))]


def with_(place: str, content: object) -> dict[str, Any]:
    """The whole file, with something else at one place; None: without it."""
    tree = msgspec.json.decode(msgspec.json.encode(WHOLE))
    *above, last = place.split("/")
    inner = tree
    for key in above:
        inner = inner.setdefault(key, {})
    if content is None:
        del inner[last]
    else:
        inner[last] = content
    return tree


def test_a_whole_file_has_nothing_to_tell() -> None:
    assert found(WHOLE) == []


def test_where_there_are_no_duties_nothing_is_told() -> None:
    assert found({}, Way("orders", "order", "operations")) == []


@pytest.mark.parametrize(
    ("place", "content", "sentence"),
    [
        ("people/anna", None, "The team ops has 'anna', and there is no such person."),
        ("teams/raj", ["anna"], "'raj' is a person and a team."),
        ("default/accountable", "ops", "The team ops answers for default, and only one person"
                                       " can."),
        ("default/accountable", "ana", "'ana' answers for default, and is nobody here."),
        ("causes/no-sku/responsible", ["mia"], "'mia' does causes no-sku, and is nobody here."),
        ("causes/no-sku/consulted", ["mia"], "'mia' is asked about causes no-sku, and is nobody"
                                             " here."),
        ("causes/no-sku/informed", ["mia"], "'mia' is told of causes no-sku, and is nobody here."),
        ("causes/no-sku/responsible", ["raj", "raj"],
         "raj is named twice in responsible of causes no-sku."),
        ("documents/ordre", DUTY, "There is no document 'ordre'."),
        ("routes/order", DUTY, "There is no route 'order'."),
        ("causes/no-skew", DUTY, "There is no cause 'no-skew'."),
        ("changes/map", DUTY, "There is no change 'map'."),
        ("rota/opps", {"zone": "UTC", "otherwise": "anna", "shifts": {}}, "There is no team"
                                                                           " 'opps'."),
        ("rota/ops/zone", "Europe/Londn", "'Europe/Londn' is not a time zone."),
        ("rota/ops/otherwise", "mia", "'mia' is on the rota of ops and not in the team."),
        ("rota/ops/shifts/day/people", ["mia"], "'mia' is on the rota of ops and not in the team."),
        ("rota/ops/shifts/day/people", [], "The shift day of ops has nobody on it, or no day."),
        ("rota/ops/shifts/day/until", "21:00",
         "ops has two shifts at once from 20:00 on mon: day and night."),
        ("rota/ops/shifts/day/until", "19:00", "Nobody of ops is on duty from 19:00 on mon."),
    ],
)  # fmt: skip
def test_each_fault_is_told_in_a_sentence_with_its_place(
    place: str, content: object, sentence: str
) -> None:
    told = found(with_(place, content))
    (gap, *_) = [gap for gap in told if gap.sentence == sentence] or told or [Gap("nothing", "")]
    assert gap.sentence == sentence
    assert gap.do
    assert gap.place


def test_a_route_and_every_change_for_which_nobody_answers_are_told() -> None:
    tree = with_("default", None)
    del tree["routes"]
    assert [gap.sentence for gap in found(tree)] == [
        "Nobody answers for the route orders.",
        *(f"Nobody answers for a change of {name}."
          for name in ("connections", "duties", "maps", "ownership", "routes")),
    ]  # fmt: skip


def test_a_route_that_its_own_file_gives_to_somebody_else_has_two_owners() -> None:
    (gap,) = found(WHOLE, Way("orders", "order", "raj"))
    assert gap.sentence == (
        "The route orders has two owners: raj by its own file, and ops by duties.toml."
    )
    assert found(WHOLE, Way("orders", "order", "ops")) == []


def test_whoever_a_routes_own_file_asks_must_be_somebody() -> None:
    (gap,) = found(WHOLE, Way("orders", "order", owners={"no-order": "mia"}))
    assert gap.sentence == "routes/orders.toml asks 'mia', who is nobody here."


def test_each_line_of_a_file_is_needed_or_told() -> None:
    """Whatever one takes out of people, teams and the default is missed."""
    for place in ("people/anna", "people/raj", "teams/ops", "default"):
        assert found(with_(place, None)), place
