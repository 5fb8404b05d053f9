"""`connector`: what each connector carries and how well it is proven; and a new one's folder."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from cyclopts import App

from counterfoil.model.words import WORDS, Word
from counterfoil.surfaces.cli.say import Spoken
from counterfoil.surfaces.desk import connectors
from counterfoil.values.ids import name as checked_name

connector = App(name="connector", help="What each connector carries, and a new one's folder.")


@connector.command(name="list")
def listed(*, say: Spoken) -> None:
    """List the connectors: documents and verbs, and the rung that each has reached."""
    answer = connectors.listing()

    def show() -> None:
        rows = [
            (offered.name, document, " ".join(verbs), offered.rung, offered.api)
            for offered in answer
            for document, verbs in {**offered.documents, **offered.ports}.items()
        ]
        say.table(("connector", "document", "verbs", "rung", "speaks"), rows)
        for offered in answer:
            say.line(f"{offered.name} is {offered.rung}: {offered.rung_source}")

    say.answer("connector-list", answer, show)


@connector.command
def new(
    name: str,
    /,
    *,
    document: Word | Literal["none"] = WORDS[0],
    verbs: str = "read,since,census,write",
    auth: str = "bearer",
    ports: str = "",
    folder: Path = Path("src/counterfoil/connectors"),
    say: Spoken,
) -> None:
    """Write a new connector's folder, its contract suite already red.

    Args:
        name: What the connector is called; its folder has the name in small letters.
        document: What it carries; none where it has ports only.
        verbs: What it does with it, with commas between.
        auth: How it signs in: bearer, key, basic, client-credentials, password, refresh-token or
            oauth1.
        ports: What it offers beside documents: estate, publisher, with commas between.
        folder: Where its folder is made.
    """
    package = checked_name(name.lower(), where="connector new NAME")
    scaffold: Any = import_module("counterfoil.kit.scaffold")
    word = None if document == "none" else document
    title = "" if name == package else name
    shape = scaffold.Shape(word, _listed(verbs), auth, title, _listed(ports))
    written = [str(path) for path in scaffold.write(folder, package, shape)]

    def show() -> None:
        for path in written:
            say.line(f"wrote {path}")
        (suite,) = [path for path in written if path.endswith("_contract.py")]
        say.line(f"now run: pytest {suite}")

    say.answer("connector-new", written, show)


def _listed(words: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in words.split(",") if word.strip())
