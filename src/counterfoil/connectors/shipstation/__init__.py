"""ShipStation, a despatch system of many shops' warehouses, reached through its V1 API."""

from __future__ import annotations

from counterfoil.connectors.shipstation.client import Client
from counterfoil.connectors.shipstation.order import OrderTarget
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.manifest import load


def opened(opening: Opening) -> Session:
    """The session of one connection. Raises `Misconfigured` naming a setting that is wrong."""
    client = Client(opening)
    return Session(sources={}, targets={"order": OrderTarget(client)}, probe=client.probe)


CONNECTOR = Connector(manifest=load(__name__), open=opened)

__all__ = ["CONNECTOR"]
