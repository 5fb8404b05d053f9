"""A connector set up on one account: its settings, its limits, its way out, and then it is open.

The wiring, the contract suite, the benches and the tests all open a connector through here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

import msgspec

from counterfoil.kit.api.rotation import TokenStore
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.manifest import Limit, Manifest
from counterfoil.kit.nowhere import NoTokens
from counterfoil.kit.throttle import BACKGROUND, BACKGROUND_RATE, RateLimitStore, Throttle
from counterfoil.kit.transport import Destination, Transport, Wire
from counterfoil.mapping.recorder import recorded
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.values.clock import Clock
from counterfoil.values.errors import Misconfigured
from counterfoil.values.nearest import near


class OwnLimit(msgspec.Struct, frozen=True):
    """A limit where an account has another than its manifest says; see `kit.manifest.Limit`."""

    size: int
    per_s: float = 0.0


class Account(msgspec.Struct, frozen=True):
    """What a project says of one connection. `hosts` are allowed beside those of the manifest."""

    name: str
    url: str
    hosts: tuple[str, ...] = ()
    settings: Mapping[str, object] = {}
    limits: Mapping[str, OwnLimit] = {}
    timeout_s: float | None = None


@dataclass(frozen=True)
class Means:
    """What a connection works with: the time, the way out, the book of budgets, the worker, and
    where sign-ins that rotate are kept."""

    clock: Clock
    wire: Wire
    book: RateLimitStore
    holder: str
    tokens: TokenStore = field(default_factory=NoTokens)


def open_connection(
    connector: Connector,
    account: Account,
    means: Means,
    *,
    secret: Callable[[str], str],
    maps: Mapping[str, ValueMap],
) -> Session:
    """The connector, open on this account; nobody is called.

    Raises `Misconfigured` for what the account gets wrong.
    """
    manifest = connector.manifest
    opening = Opening(
        name=called(account, manifest),
        connection=account.name,
        settings=settings(account, manifest),
        secret=secret,
        transport=transport(account, manifest, means, limits(account, manifest)),
        clock=means.clock,
        maps=maps,
        tokens=means.tokens,
        holder=means.holder,
    )
    with recorded() as tables:
        session = connector.open(opening)
    return msgspec.structs.replace(session, tables=tuple(tables))


def transport(
    account: Account, manifest: Manifest, means: Means, allowed: Mapping[str, Limit]
) -> Transport:
    """The way out of one connection, within the limits that it is allowed."""
    timeout_s = account.timeout_s or manifest.timeout_s
    throttle = Throttle(account.name, allowed, means.book, means.clock, means.holder, timeout_s)
    return Transport(
        Destination(
            account.url, hosts(account, manifest), manifest.elsewhere, called(account, manifest)
        ),
        wire=means.wire,
        throttle=throttle,
        clock=means.clock,
        timeout_s=timeout_s,
        keeps=manifest.keeps,
    )


def scope(account: Account, manifest: Manifest) -> str:
    """Of which part of its system a connection is, where one sign-in opens several, as people read
    it: "company UK01, location 3". Empty where there are none, or the account names none."""
    defaults = {key: setting.default for key, setting in manifest.settings.items()}
    settings = {**defaults, **account.settings}
    parts = [(noun, settings.get(key)) for key, noun in manifest.scope.items()]
    return ", ".join(f"{noun} {value}" for noun, value in parts if value)


def called(account: Account, manifest: Manifest) -> str:
    """The connection as every sentence names it: "finance (company UK01)"."""
    part = scope(account, manifest)
    return f"{account.name} ({part})" if part else account.name


def hosts(account: Account, manifest: Manifest) -> tuple[str, ...]:
    """The patterns that the address of this account may lie under."""
    return manifest.hosts + account.hosts


def settings(account: Account, manifest: Manifest) -> dict[str, object]:
    """The manifest's defaults under the account's own values. Raises `Misconfigured`."""
    for error in chain(setting_errors(account, manifest), setting_misfits(account, manifest)):
        raise error
    defaults = {key: setting.default for key, setting in manifest.settings.items()}
    return {**defaults, **account.settings}


def setting_errors(account: Account, manifest: Manifest) -> Iterator[Misconfigured]:
    """Every setting that the connector does not have, or must have and was not given."""
    where = f"connections.{account.name}.settings"
    for key in account.settings:
        if key not in manifest.settings:
            yield Misconfigured(
                f"{manifest.title} has no setting {key!r}.",
                do=f"It has: {', '.join(sorted(manifest.settings))}.",
                where=where,
            )
    for key, setting in manifest.settings.items():
        if setting.required and key not in account.settings:
            yield Misconfigured(
                f"{manifest.title} needs the setting {key!r}: {setting.text}",
                do=f"Add it under [{where}].",
                where=where,
            )


def setting_misfits(account: Account, manifest: Manifest) -> Iterator[Misconfigured]:
    """Every setting whose value is not one that its manifest allows."""
    for key, value in account.settings.items():
        if key in manifest.settings and (do := manifest.settings[key].misfit(value)):
            where = f"connections.{account.name}.settings"
            yield Misconfigured(f"{key} cannot be {value!r}.", do=do, where=where)


def limits(account: Account, manifest: Manifest) -> dict[str, Limit]:
    """The manifest's limits and ours for what can wait, with this account's own where it has other
    ones. Raises `Misconfigured` for a bucket that is not known, or would let nothing through."""
    limits_here = {bucket: own_limit(account, manifest, bucket) for bucket in account.limits}
    return {**_published(manifest), **limits_here}


def own_limit(account: Account, manifest: Manifest, bucket: str) -> Limit:
    """One bucket as this account has it; raises as `limits` does."""
    limit, published = account.limits[bucket], _published(manifest)
    where = f"connections.{account.name}.limits.{bucket}"
    if bucket not in published:
        raise Misconfigured(
            f"{manifest.title} has no limit {bucket!r}.", do=near(bucket, published), where=where
        )
    shape = published[bucket].shape
    if shape in ("slots", "window", "quota"):
        fits, do = limit.per_s == 0, f"{_SIZED[shape]} a size of 1 or more and no per_s."
    else:
        fits = 0 < limit.per_s < math.inf
        do = "It has a size of 1 or more, and more than 0 comes back a second."
    if limit.size < 1 or not fits:
        raise Misconfigured(
            f"The limit {bucket!r} of {limit.size} at {limit.per_s:g} a second is no limit.",
            do=do,
            where=where,
        )
    return msgspec.structs.replace(
        published[bucket], size=limit.size, per_s=limit.per_s, source="this account's own"
    )


_SIZED = {"slots": "Slots have", "window": "A window has", "quota": "A quota has"}


def _published(manifest: Manifest) -> dict[str, Limit]:
    return {**manifest.limits, BACKGROUND: BACKGROUND_RATE}
