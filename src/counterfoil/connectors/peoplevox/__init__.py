"""Peoplevox, a warehouse, reached through the SOAP service of the customer's own site."""

from __future__ import annotations

from counterfoil.connectors.peoplevox.client import Client
from counterfoil.connectors.peoplevox.fields import TIMES
from counterfoil.connectors.peoplevox.fulfilment import Despatches
from counterfoil.connectors.peoplevox.order import OrderTarget
from counterfoil.connectors.peoplevox.product import ProductTarget
from counterfoil.connectors.peoplevox.profile import Profile
from counterfoil.connectors.peoplevox.site import Site
from counterfoil.connectors.peoplevox.stock import Levels
from counterfoil.kit.api import reports
from counterfoil.kit.api.reported import CountedSource, Pace
from counterfoil.kit.api.settings import typed, value_maps
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.manifest import load
from counterfoil.mapping.zoned import Zoned

MANIFEST = load(__name__)


def opened(opening: Opening) -> Session:
    """The session of one connection. Raises `Misconfigured` naming the setting that is wrong."""
    profile, maps = typed(opening, Profile), value_maps(opening, MANIFEST)
    site = Site(Client(opening, profile), profile, where=opening.name)
    named = reports.load(__name__, packages=profile.package_report)
    clock = Zoned(profile.clock, TIMES)
    reporting = reports.Reporting(named, site.report, site.tables.there, clock)
    pace = Pace(opening.clock, 3600.0 * profile.window_hours, MANIFEST.documents["stock"].reads)
    target = OrderTarget(profile, site, maps, where=opening.name)
    items = ProductTarget(profile, site, where=opening.name)
    return Session(
        sources={
            "fulfilment": CountedSource(Despatches(reporting, site), pace),
            "stock": CountedSource(Levels(reporting, profile, maps["bin_map"]), pace, state=True),
        },
        targets={"order": target, "product": items},
        probe=lambda: items.proven_beside(target.proven),
    )


CONNECTOR = Connector(manifest=MANIFEST, open=opened)

__all__ = ["CONNECTOR"]
