"""Peoplevox, a warehouse, reached through the SOAP service of the customer's own site."""

from __future__ import annotations

from counterfoil.connectors.peoplevox.client import Client
from counterfoil.connectors.peoplevox.order import OrderTarget
from counterfoil.connectors.peoplevox.profile import profile_of
from counterfoil.kit.api.settings import value_maps
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.manifest import load

MANIFEST = load(__name__)


def opened(opening: Opening) -> Session:
    """The session of one connection. Raises `Misconfigured` naming the setting that is wrong."""
    profile = profile_of(opening)
    target = OrderTarget(
        profile, Client(opening, profile), value_maps(opening, MANIFEST), where=opening.name
    )
    return Session(sources={}, targets={"order": target}, probe=target.proven)


CONNECTOR = Connector(manifest=MANIFEST, open=opened)

__all__ = ["CONNECTOR"]
