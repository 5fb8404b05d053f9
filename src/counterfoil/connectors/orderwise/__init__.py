"""OrderWise, a British ERP, reached through the API of the customer's own instance."""

from __future__ import annotations

from counterfoil.connectors.orderwise.session import opened
from counterfoil.kit.connector import Connector
from counterfoil.kit.manifest import load

CONNECTOR = Connector(manifest=load(__name__), open=opened)

__all__ = ["CONNECTOR"]
