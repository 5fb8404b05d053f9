"""The connectors that this house knows: those it ships, and those that other packages offer."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import entry_points

from counterfoil.kit.connector import Connector
from counterfoil.values.errors import Misconfigured
from counterfoil.values.nearest import near

GROUP = "counterfoil.connectors"


class Registry:
    """Connectors by the name in their manifest."""

    def __init__(self, shipped: Iterable[Connector]) -> None:
        self._connectors = {connector.manifest.name: connector for connector in shipped}
        for offered in entry_points(group=GROUP):
            connector: Connector = offered.load()
            self._connectors.setdefault(connector.manifest.name, connector)

    def names(self) -> list[str]:
        """Every known name, in alphabetical order."""
        return sorted(self._connectors)

    def known(self, system: str) -> Connector | None:
        """The connector named `system`, None where there is none."""
        return self._connectors.get(system)

    def get(self, system: str, *, where: str = "") -> Connector:
        """The connector named `system`. Raises `Misconfigured` with the nearest name, and where the
        connector would change what it cannot write, or cannot see again."""
        connector = self._connectors.get(system)
        if connector is None:
            raise Misconfigured(
                f"There is no connector named {system!r}.",
                do=near(system, self._connectors),
                where=where,
            )
        _must_be_seen(connector, where)
        return connector


def _must_be_seen(connector: Connector, where: str) -> None:
    """Raise `Misconfigured` where the manifest declares a change of what cannot be seen again."""
    for word, carries in connector.manifest.documents.items():
        for verb in sorted({"amend", "cancel"} & {*carries.verbs}):
            if not {"write", "read"} <= {*carries.verbs}:
                raise Misconfigured(
                    f"{connector.manifest.title} declares that a sent {word} can be changed"
                    f" ({verb}), and not that it is written and can be read back.",
                    do=f"Take {verb!r} out of its manifest, or declare write and read.",
                    where=where,
                )
