"""ShipStation, pretended: the orders of its V1 API, with a memory and bad days."""

from counterfoil.twins.shipstation.twin import ShipStationTwin, Site

__all__ = ["ShipStationTwin", "Site"]
