"""OrderWise, a British ERP, reached through the API of the customer's own instance."""

from __future__ import annotations

from counterfoil.connectors.orderwise import fulfilment, fulfilment_target, release
from counterfoil.connectors.orderwise.client import Client, Definition
from counterfoil.connectors.orderwise.customer import CF_CUSTOMERS, CustomerTarget
from counterfoil.connectors.orderwise.fields import BETWEEN
from counterfoil.connectors.orderwise.order import OrderTarget
from counterfoil.connectors.orderwise.product import ProductSource
from counterfoil.connectors.orderwise.profile import profile_of
from counterfoil.connectors.orderwise.refund import RefundTarget
from counterfoil.connectors.orderwise.stock import StockSource
from counterfoil.kit.api.queried import Ask, Site
from counterfoil.kit.api.readback import Columns
from counterfoil.kit.api.settings import value_maps
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.manifest import load
from counterfoil.mapping.tax import Rates
from counterfoil.model.words import Word

MANIFEST = load(__name__)


def opened(opening: Opening) -> Session:
    """The session of one connection. Raises `Misconfigured` naming the setting that is wrong."""
    profile, where = profile_of(opening), opening.name
    client, rates = Client(opening, profile), Rates(profile.tax_map, where=where)
    maps = value_maps(opening, MANIFEST)

    def site(page: int) -> Site:
        return Site(opening.clock, profile.clock, page, profile.reference_text_most, BETWEEN)

    def rows(columns: Columns, setting: str) -> Ask:
        return Definition(client, columns, setting, getattr(profile, setting)).rows

    targets: dict[Word, object] = {
        "order": OrderTarget(profile, rates, client, maps, where=where),
        "fulfilment": fulfilment_target.target(profile, client, rows, maps),
        "refund": RefundTarget(profile, rates, client, maps, where=where),
        "customer": CustomerTarget(profile, client, rows(CF_CUSTOMERS, "customers_definition")),
    }
    orders = release.source(profile, rows, site(profile.orders_per_page), maps, where)
    despatches = fulfilment.source(rows, site(profile.despatches_per_page), maps, where)
    products = ProductSource(profile, client, where=where)
    stock = StockSource(profile, client, opening.clock, where=where)
    return Session(
        sources={"order": orders, "fulfilment": despatches, "product": products, "stock": stock},
        targets=targets,
        probe=lambda: client.proven(rates),
    )


CONNECTOR = Connector(manifest=MANIFEST, open=opened)

__all__ = ["CONNECTOR"]
