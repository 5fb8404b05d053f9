"""An example of what waits: field by field, and without people, whichever door it leaves by."""

from __future__ import annotations

from counterfoil.kit.connector import Intent
from counterfoil.surfaces.desk.causes import Detail, sides
from counterfoil.surfaces.desk.envelope import encoded

NAME = "Ann Smith"


def test_what_tells_of_a_person_is_not_in_the_answer() -> None:
    expected = {"total": 1250, "name": NAME, "town": "York"}
    intent = Intent("1001", b"", expected, kinds={"total": "money", "name": "person"})
    detail = Detail(differs={"total": [1250, 1300]}, differs_masked=["town"])
    compared = sides(intent, detail)
    assert {side.name: (side.sent, side.actual, side.masked) for side in compared} == {
        "total": (1250, 1300, False),
        "name": (None, None, True),
        "town": (None, None, True),
    }
    assert NAME not in encoded(list(compared))
