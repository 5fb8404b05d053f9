"""A route is not opened where its target would make of it what nobody could take back."""

from __future__ import annotations

import msgspec
import pytest

from counterfoil.flows.route import Plan, suit
from counterfoil.kit.manifest import Carries
from counterfoil.values.errors import Misconfigured

PLAN = Plan(document="order", source="shop", target="office", owner="ops")
CARRIES = Carries(verbs=("write", "read"), source="invented", in_doubt="A")


@pytest.mark.parametrize(("lag_s", "suits"), [(0.0, True), (30.0, True), (30.1, False)])
def test_a_look_that_comes_before_the_target_shows_it_proves_nothing(
    lag_s: float, suits: bool
) -> None:
    carries = msgspec.structs.replace(CARRIES, lag_s=lag_s)
    if suits:
        suit("orders", PLAN, carries, "Acme")
        return
    with pytest.raises(Misconfigured, match=r"only after 30\.1 s") as refused:
        suit("orders", PLAN, carries, "Acme")
    assert refused.value.where == "routes/orders.toml, settle_s"
    assert refused.value.do == "Set settle_s to 90.3 or more."


def test_what_speaks_to_people_is_off_until_somebody_asks_for_it() -> None:
    carries = msgspec.structs.replace(CARRIES, speaks_to_people=True)
    with pytest.raises(Misconfigured, match="nothing takes it back"):
        suit("orders", PLAN, carries, "Acme")
    suit("orders", msgspec.structs.replace(PLAN, speaks_to_people=True), carries, "Acme")


def test_what_speaks_to_people_is_never_repeated_by_itself() -> None:
    carries = msgspec.structs.replace(CARRIES, speaks_to_people=True)
    assert [carries.doubt(act) for act in ("write", "amend", "cancel")] == ["D", "D", "D"]
    assert CARRIES.doubt("write") == "A"
