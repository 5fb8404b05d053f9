"""The routes of a world, of every word that it has."""

from __future__ import annotations

from msgspec.structs import replace

from counterfoil.flows.route import Plan
from counterfoil.rehearse.cast import estate
from counterfoil.rehearse.worlds import customer, product, refund, settlement, stock
from counterfoil.rehearse.worlds.plans import plan, plan_back
from counterfoil.rehearse.worlds.recipe import Recipe


def routes(recipe: Recipe) -> dict[str, Plan]:
    """The routes of a world by their names, its orders' first."""
    money = {**refund.plans(recipe), **settlement.plans(recipe)}
    beside = {**of_goods(recipe), **money, **customer.plans(recipe)}
    back = plan_back(recipe)
    if back is not None:
        beside[estate.DESPATCHES] = back
    if recipe.hanging and not of_goods(recipe):
        beside[estate.SECOND_ROUTE] = replace(plan(recipe), target=estate.SECOND)
    return {estate.ROUTE: plan(recipe), **beside}


def of_goods(recipe: Recipe) -> dict[str, Plan]:
    """Those that tell what there is to sell, and how much of it."""
    return {**stock.plans(recipe), **product.plans(recipe)}
