"""Files: the exports that people and systems put into a folder, read as documents."""

from __future__ import annotations

from counterfoil.connectors.files.folder import Folder
from counterfoil.connectors.files.profile import profile
from counterfoil.connectors.files.settlement import WORDS, Payouts
from counterfoil.connectors.files.source import FolderSource
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.manifest import load

MANIFEST = load(__name__)


def opened(opening: Opening) -> Session:
    """The session of one folder. Raises `Misconfigured` naming the setting that is wrong."""
    parts = profile(opening, MANIFEST, WORDS)
    settings = parts.settings
    folder = Folder(opening.transport.url, settings.pattern, settings.settle_s, opening.clock)

    async def probe() -> str:
        files = folder.whole()
        return f"The folder {folder.path} has {len(files)} files that are whole."

    source = FolderSource(folder, parts, Payouts(parts))
    return Session(sources={"settlement": source}, targets={}, probe=probe)


CONNECTOR = Connector(manifest=MANIFEST, open=opened)

__all__ = ["CONNECTOR"]
