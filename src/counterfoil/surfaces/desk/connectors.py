"""Connectors: what each carries, and how well it is proven."""

from __future__ import annotations

import msgspec

from counterfoil.app import registry
from counterfoil.kit.manifest import Manifest
from counterfoil.surfaces.desk.acts import asks


class Offered(msgspec.Struct, frozen=True):
    """One connector: the documents that it carries and the ports that it has beside them, with
    their verbs; and how well it is proven."""

    name: str
    title: str
    api: str
    rung: str
    rung_source: str
    documents: dict[str, tuple[str, ...]]
    ports: dict[str, tuple[str, ...]] = {}


@asks("connector list")
def listing() -> list[Offered]:
    """List the connectors: documents and verbs, and the rung that each has reached."""
    connectors = registry()
    return [_offered(connectors.get(name).manifest) for name in connectors.names()]


def _offered(manifest: Manifest) -> Offered:
    documents: dict[str, tuple[str, ...]] = {
        name: carries.verbs for name, carries in manifest.documents.items()
    }
    return Offered(
        manifest.name, manifest.title, manifest.api, manifest.rung, manifest.rung_source, documents,
        {port: offers.verbs for port, offers in manifest.ports.items()},
    )  # fmt: skip
