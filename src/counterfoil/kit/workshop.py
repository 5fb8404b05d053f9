"""The workshop's packages: only the contract suite and the planted defects need them.

The house does not, and an installation of it does not have them.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Final

from counterfoil.values.errors import Misconfigured

NEEDED: Final = ("pytest", "hypothesis")


def lacking(names: Iterable[str] = NEEDED) -> list[str]:
    """The packages that cannot be imported here."""
    return [name for name in names if not _there(name)]


def needs(what: str, names: Iterable[str]) -> Misconfigured:
    """That `what` needs packages which are not here, and how they are had."""
    return Misconfigured(
        f"{what} needs {' and '.join(names)}, which this installation does not have.",
        do='Install them: pip install "counterfoil[proof]".',
        code="no-workshop",
    )


def _there(name: str) -> bool:
    try:
        import_module(name)
    except ModuleNotFoundError:
        return False
    return True
