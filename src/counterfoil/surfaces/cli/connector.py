"""`connector`: what each connector carries and how well it is proven; and a new one's folder."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
from cyclopts import App

from counterfoil.kit.manifest import Manifest
from counterfoil.model.words import WORDS, Word
from counterfoil.surfaces.cli.say import Spoken
from counterfoil.values.ids import name as named

connector = App(name="connector", help="What each connector carries, and a new one's folder.")


class Offered(msgspec.Struct, frozen=True):
    """One connector: the documents that it carries with their verbs, and how well it is proven."""

    name: str
    title: str
    api: str
    rung: str
    rung_source: str
    documents: dict[str, tuple[str, ...]]


@connector.command(name="list")
def listed(*, say: Spoken) -> None:
    """List the connectors: documents and verbs, and the rung that each has reached."""
    from counterfoil.app import registry

    known = registry()
    found = [_offered(known.get(name).manifest) for name in known.names()]

    def show() -> None:
        rows = [
            (one.name, document, " ".join(verbs), one.rung, one.api)
            for one in found
            for document, verbs in one.documents.items()
        ]
        say.table(("connector", "document", "verbs", "rung", "speaks"), rows)
        for one in found:
            say.line(f"{one.name} is {one.rung}: {one.rung_source}")

    say.answer("connector-list", found, show)


@connector.command
def new(
    name: str,
    /,
    *,
    document: Word = WORDS[0],
    verbs: str = "read,since,census,write",
    auth: str = "bearer",
    folder: Path = Path("src/counterfoil/connectors"),
    say: Spoken,
) -> None:
    """Write a new connector's folder, its contract suite already red.

    Args:
        name: What the connector is called.
        document: What it carries.
        verbs: What it does with it, with commas between.
        auth: How it signs in: bearer, key, basic, client-credentials, password, refresh-token or
            oauth1.
        folder: Where its folder is made.
    """
    named(name, where="connector new NAME")
    scaffold: Any = import_module("counterfoil.kit.scaffold")
    chosen = tuple(verb.strip() for verb in verbs.split(",") if verb.strip())
    shape = scaffold.Shape(document, chosen, auth)
    written = [str(path) for path in scaffold.write(folder, name, shape)]

    def show() -> None:
        for path in written:
            say.line(f"wrote {path}")

    say.answer("connector-new", written, show)


def _offered(manifest: Manifest) -> Offered:
    documents: dict[str, tuple[str, ...]] = {
        name: carries.verbs for name, carries in manifest.documents.items()
    }
    return Offered(
        manifest.name, manifest.title, manifest.api, manifest.rung, manifest.rung_source, documents
    )
