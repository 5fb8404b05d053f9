"""Where a connection's secrets are read: the environment, or a file beside the project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from counterfoil.kit.manifest import Manifest
from counterfoil.values.errors import Misconfigured, SignIn


class Vault:
    """The secrets of one project. `folder` is the one that its files of secrets lie in."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder

    def resolve(
        self, connection: str, references: Mapping[str, str], manifest: Manifest
    ) -> dict[str, str]:
        """The secrets that a connection refers to, by the names of its manifest.

        Raises `SignIn` where one cannot be read, `Misconfigured` for a name or a reference that is
        not known.
        """
        return {
            key: self.secret(connection, key, reference, manifest)
            for key, reference in references.items()
        }

    def secret(self, connection: str, key: str, reference: str, manifest: Manifest) -> str:
        """One secret, by its reference; raises as `resolve` does."""
        where = f"connections.{connection}.secrets.{key}"
        if key not in manifest.secrets:
            raise Misconfigured(
                f"{manifest.title} has no secret {key!r}.",
                do=f"It has: {', '.join(sorted(manifest.secrets))}.",
                where=where,
            )
        return self.read(reference, where)

    def read(self, reference: str, where: str) -> str:
        """What a reference that stands at `where` refers to; raises as `resolve` does."""
        kind, _, place = reference.partition(":")
        if kind == "env":
            value = self._environment.get(place)
        elif kind == "file":
            value = self._written(place, where)
        else:
            raise Misconfigured(
                "A secret stands in the configuration itself, or its reference is not known.",
                do='Write "env:NAME" or "file:NAME" (a file in secrets/).',
                where=where,
            )
        if not value:
            raise SignIn(
                f"The secret {reference!r} is not there.",
                do=f"Set {place} in the environment."
                if kind == "env"
                else f"Write it to secrets/{place}.",
                where=where,
            )
        if any("\ud800" <= sign <= "\udfff" for sign in value):
            raise SignIn(
                f"The secret {reference!r} is not UTF-8.", do="Set it again as UTF-8.", where=where
            )
        return value

    def _written(self, place: str, where: str) -> str | None:
        """What stands in a file; None where there is no such file."""
        path = self._folder / place
        try:
            return path.read_text("utf-8").strip() if path.is_file() else None
        except (OSError, UnicodeDecodeError):
            raise SignIn(
                f"The file secrets/{place} cannot be read by this account, or is not text.",
                do="Let this account read it; save it as UTF-8.",
                where=where,
            ) from None


def looked_up(connection: str, secrets: Mapping[str, str]) -> Callable[[str], str]:
    """What a connector asks for a secret by its name; raises `SignIn` for one that is not set."""

    def secret(key: str) -> str:
        if key not in secrets:
            raise SignIn(
                f"The secret {key!r} is not configured.",
                do=f'Add {key} = "file:NAME" under [connections.{connection}.secrets].',
                where=f"connections.{connection}.secrets",
            )
        return secrets[key]

    return secret
