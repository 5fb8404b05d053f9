"""Apart: no two routes write one document twice, nor two documents under one reference."""

from __future__ import annotations

from urllib.parse import urlsplit

from counterfoil.config.shape import Config
from counterfoil.flows.route import HOUSE
from counterfoil.kit.registry import Registry
from counterfoil.kit.setup import scope
from counterfoil.values.errors import Misconfigured

_Account = tuple[str, str, str]


def written_once(name: str, config: Config, known: Registry) -> None:
    """Raise `Misconfigured` where another route carries what this one carries: it would write each
    document again.

    Two names for one account of a system are one end, and a route that is off can be switched on.
    """
    plan, ends = config.routes[name], _ends(name, config, known)
    for other, theirs in config.routes.items():
        if other == name:
            return  # of two the later one is told
        if ends and theirs.document == plan.document and _ends(other, config, known) == ends:
            raise Misconfigured(
                f"routes/{other}.toml and routes/{name}.toml both carry each {plan.document}"
                f" from {plan.source} to {plan.target}: it would be written twice.",
                do="Move one of the two files away, or correct its source or target.",
                where=f"routes/{name}.toml",
            )


def references_apart(name: str, config: Config, known: Registry) -> None:
    """Raise `Misconfigured` where another source's documents can come to the same target under the
    references of this route's: each source numbers its own as it likes, but for those of a vendor
    that gives no identity twice."""
    plan = config.routes[name]
    if plan.target == HOUSE:
        return  # what is delivered here is kept by where it came from
    for other, theirs in config.routes.items():
        same = (theirs.document, theirs.target, theirs.reference_prefix)
        if (
            same == (plan.document, plan.target, plan.reference_prefix)
            and theirs.source != plan.source
            and not _never_alike(config, known, plan.source, theirs.source)
        ):
            raise Misconfigured(
                f"{plan.title.many.capitalize()} of {plan.source} and of {theirs.source} can come"
                f" to {plan.target} under the same reference.",
                do=f"Give the newer one of the routes {name} and {other} a reference_prefix of its"
                ' own, such as "second-".',
                where=f"routes/{name}.toml",
            )


def _never_alike(config: Config, known: Registry, *sources: str) -> bool:
    """Whether the sources are accounts of one vendor that gives no identity twice."""
    systems = {config.file.connections[name].system for name in sources if name in
               config.file.connections}  # fmt: skip
    if len(systems) != 1 or not systems <= {*known.names()}:
        return False
    return known.get(*systems).manifest.keys == "vendor"


def _ends(name: str, config: Config, known: Registry) -> tuple[_Account, ...]:
    """The accounts at which a route begins and ends; none where there is no such connection."""
    plan = config.routes[name]
    if not {plan.source, plan.target} <= config.file.connections.keys():
        return ()
    return _account(plan.source, config, known), _account(plan.target, config, known)


def _account(name: str, config: Config, known: Registry) -> _Account:
    """An account such that all spellings of one are the same: its system, its address by host,
    port and end, and of which part of the system it is."""
    connection = config.file.connections[name]
    parts = urlsplit(connection.url.lower())
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host, path = (parts.hostname or "").rstrip("."), parts.path.rstrip("/")
    connector = known.known(connection.system)
    part = scope(connection.account(name), connector.manifest) if connector else ""
    return connection.system, f"{parts.scheme}://{host}:{port}{path}", part
