"""Plans: the routes of a world as a project would declare them, with waits that are short."""

from __future__ import annotations

from msgspec.structs import replace

from counterfoil.flows.route import Need, Plan
from counterfoil.rehearse.cast.estate import SOURCE, TARGET
from counterfoil.rehearse.worlds.recipe import Recipe

_WAIT_S = 120.0  # for an order that a despatch is of: it landed long before
_TRACKING_S = 20.0


def plan(recipe: Recipe) -> Plan:
    """The route of a world: everything is read back, and waits are short."""
    return hastened(
        recipe,
        Plan(
            "order",
            SOURCE,
            recipe.target,
            "operations",
            cadence_s=recipe.cadence_s,
            window_s=recipe.window_s,
        ),
    )


def plan_back(recipe: Recipe) -> Plan | None:
    """The route of a world that tells the source what has left, where it has one."""
    if not recipe.despatches or recipe.target != TARGET:
        return None
    back = Plan(
        "fulfilment",
        TARGET,
        SOURCE,
        "warehouse",
        mode="schedule",
        cadence_s=recipe.cadence_s,
        window_s=recipe.window_s,
        needs={"order": Need(_WAIT_S)},
        gates={"tracking_wait_s": _TRACKING_S},
    )
    return hastened(recipe, back)


def hastened(recipe: Recipe, plan: Plan) -> Plan:
    """The plan of a route that is on, with the waits that all routes of a world have alike."""
    return replace(
        plan,
        switch="on",
        overlap_s=30.0,
        settle_s=recipe.settle_s,
        attempts=recipe.attempts,
        census_s=20.0,
    )
