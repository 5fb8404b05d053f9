"""OrderWise, a British ERP, reached through the API of the customer's own instance."""

from __future__ import annotations

from counterfoil.connectors.orderwise import fulfilment, fulfilment_target, product, release, stock
from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.customer import CustomerTarget
from counterfoil.connectors.orderwise.fields import BETWEEN
from counterfoil.connectors.orderwise.order import OrderTarget
from counterfoil.connectors.orderwise.profile import profile_of
from counterfoil.connectors.orderwise.refund import RefundTarget
from counterfoil.kit.api.queried import Site
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

    targets: dict[Word, object] = {
        "order": OrderTarget(profile, rates, client, maps, where=where),
        "fulfilment": fulfilment_target.target(profile, client, maps),
        "refund": RefundTarget(profile, rates, client, maps, where=where),
        "customer": CustomerTarget(profile, client),
    }
    orders = release.source(profile, client, site(profile.orders_per_page), maps, where)
    despatches = fulfilment.source(client, site(profile.despatches_per_page), maps, where)
    products = product.source(profile, client, site(profile.products_per_page))
    levels = stock.source(client, site(profile.levels_per_page))
    return Session(
        sources={"order": orders, "fulfilment": despatches, "product": products, "stock": levels},
        targets=targets,
        probe=lambda: client.proven(rates),
    )


CONNECTOR = Connector(manifest=MANIFEST, open=opened)

__all__ = ["CONNECTOR"]
