"""OrderWise, a British ERP, reached through the API of the customer's own instance."""

from __future__ import annotations

from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.fulfilment import DespatchSource
from counterfoil.connectors.orderwise.order import OrderTarget
from counterfoil.connectors.orderwise.product import ProductSource
from counterfoil.connectors.orderwise.profile import profile_of
from counterfoil.connectors.orderwise.refund import RefundTarget
from counterfoil.connectors.orderwise.stock import StockSource
from counterfoil.kit.api.settings import value_maps
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.manifest import load
from counterfoil.mapping.tax import Rates
from counterfoil.model.words import Word

MANIFEST = load(__name__)


def opened(opening: Opening) -> Session:
    """The session of one connection. Raises `Misconfigured` naming the setting that is wrong."""
    profile = profile_of(opening)
    client, rates = Client(opening, profile), Rates(profile.tax_map, where=opening.name)
    maps = value_maps(opening, MANIFEST)
    targets: dict[Word, object] = {
        "order": OrderTarget(profile, rates, client, maps, where=opening.name),
        "refund": RefundTarget(profile, rates, client, maps, where=opening.name),
    }
    despatches = DespatchSource(profile, client, maps["despatch_map"], where=opening.name)
    products = ProductSource(profile, client, where=opening.name)
    stock = StockSource(profile, client, opening.clock, where=opening.name)
    return Session(
        sources={"fulfilment": despatches, "product": products, "stock": stock},
        targets=targets,
        probe=lambda: client.proven(rates),
    )


CONNECTOR = Connector(manifest=MANIFEST, open=opened)

__all__ = ["CONNECTOR"]
