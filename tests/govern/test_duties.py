"""Whose duty something is, and who is asked: the most particular holds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.govern.duties import (
    Asked,
    Duties,
    Duty,
    Subject,
    asked,
    chain,
    holding,
    watch,
)
from counterfoil.govern.rota import Rota, Shift
from counterfoil.values.clock import instant

NOW = instant("2026-01-07T10:00:00Z")
WHOLE = Subject(cause="unmapped-value", route="orders", document="order", change="maps")


def duty(name: str) -> Duty:
    return Duty("anna", (name, "fay"))


def test_a_cause_goes_before_its_route_and_that_before_its_document_and_that_before_all() -> None:
    duties = Duties(
        default=duty("d"), documents={"order": duty("c")}, routes={"orders": duty("b")},
        causes={"unmapped-value": duty("a")},
    )  # fmt: skip
    places = [held.place for held in chain(duties, WHOLE)]
    assert places == [
        ("causes", "unmapped-value"), ("routes", "orders"), ("documents", "order"), ("default",)
    ]  # fmt: skip
    assert [held.duty.responsible[0] for held in chain(duties, WHOLE)] == ["a", "b", "c", "d"]


def test_what_is_nobodys_duty_has_none() -> None:
    assert holding(Duties(causes={"no-sku": duty("a")}), WHOLE) is None


def test_the_first_who_does_it_is_asked_and_by_a_cause_its_own() -> None:
    duties = Duties(documents={"order": duty("ops")}, causes={"no-sku": duty("mia")})
    found = asked(duties, Subject(route="orders", document="order"), Asked("", {}))
    assert found == Asked("ops", {"no-sku": "mia"})


def test_what_a_routes_own_file_says_of_a_cause_is_the_most_particular() -> None:
    duties = Duties(default=duty("ops"), causes={"no-sku": duty("mia")})
    written = Asked("sales", {"no-sku": "raj"})
    found = asked(duties, Subject(route="orders", document="order"), written)
    assert found == Asked("sales", {"no-sku": "raj"})


def test_a_duty_that_is_of_the_route_goes_before_its_own_files_owner() -> None:
    duties = Duties(default=duty("all"), routes={"orders": duty("ops")})
    found = asked(duties, Subject(route="orders", document="order"), Asked("sales", {}))
    assert found.owner == "ops"


NAMES = st.sampled_from(["a", "b", "c"])
TABLES = st.dictionaries(st.sampled_from(["x", "y"]), NAMES.map(duty))


@given(st.none() | NAMES.map(duty), TABLES, TABLES, TABLES, NAMES | st.just(""))
def test_somebody_is_asked_exactly_where_somebody_is_named(
    default: Duty | None,
    documents: dict[str, Duty],
    routes: dict[str, Duty],
    causes: dict[str, Duty],
    written: str,
) -> None:
    duties = Duties(default=default, documents=documents, routes=routes, causes=causes)
    found = asked(duties, Subject(route="x", document="y"), Asked(written, {}))
    named = [routes.get("x"), documents.get("y"), default]
    assert bool(found.owner) == (bool(written) or any(named))
    assert found.owners == {cause: duty.responsible[0] for cause, duty in causes.items()}


def test_of_a_team_with_a_rota_its_shift_is_on_duty_and_of_one_without_all_of_it() -> None:
    shifts = {"early": Shift(("anna",), "07:00", "15:00")}
    duties = Duties(
        teams={"ops": ("anna", "raj"), "depot": ("lee", "sam")},
        rota={"ops": Rota("Europe/London", shifts, "raj")},
    )
    assert watch(duties, "ops", NOW).people == ("anna",)
    assert watch(duties, "ops", instant("2026-01-07T20:00:00Z")).people == ("raj",)
    assert watch(duties, "depot", NOW).people == ("lee", "sam")
    assert watch(duties, "mia", NOW).people == ("mia",), "a person is on duty for themselves"
