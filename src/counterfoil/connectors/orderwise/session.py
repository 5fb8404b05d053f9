"""Opening a connection: every setting is checked before anything moves; then a live proof."""

from __future__ import annotations

from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.order import Maps, OrderTarget
from counterfoil.connectors.orderwise.profile import Profile, profile
from counterfoil.kit.connector import Opening, Session
from counterfoil.mapping.tax import Rates
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.values.errors import Misconfigured


def opened(opening: Opening) -> Session:
    """The session of one connection. Raises `Misconfigured` naming the setting that is wrong."""
    settings = profile(opening.settings, opening.clock.now(), where=opening.name)
    client = Client(opening, settings)
    rates = Rates(settings.tax_map, where=opening.name)
    maps = Maps(
        methods=_ids(opening, settings.delivery_map, "delivery method"),
        countries=_map(opening, settings.country_map),
        payments=_ids(opening, settings.payment_map, "payment method"),
        companies=_ids(opening, settings.company_map, "customer"),
        variants=_codes(opening, settings.variant_map),
    )
    target = OrderTarget(settings, rates, client, maps, where=opening.name)

    async def probe() -> str:
        return await proven(client, settings, rates, opening.name)

    return Session(sources={}, targets={"order": target}, probe=probe)


async def proven(client: Client, settings: Profile, rates: Rates, where: str) -> str:
    """One sentence about the tax rates that answered. Raises `Misconfigured` where one is not."""
    listed = await client.value_list(settings.tax_list)
    missing = rates.missing(set(listed))
    if missing:
        raise Misconfigured(
            f"OrderWise has no tax rate with the id {', '.join(map(str, missing))}.",
            do=f"Correct tax_map; value list {settings.tax_list} has "
            + ", ".join(f"{number} ({name})" for number, name in sorted(listed.items())[:12])
            + ".",
            where=where,
        )
    return f"OrderWise answered; it has {len(listed)} tax rates, among them all of tax_map."


def _ids(opening: Opening, name: str, what: str) -> ValueMap | None:
    """The map to ids of `what`. Raises `Misconfigured` where a word is none."""
    found = _map(opening, name)
    for word in [*found.values.values(), found.default or "0"] if found else []:
        if not (word.isascii() and word.isdecimal()):
            raise Misconfigured(
                f"{word[:40]!r} in value map {name!r} is not a {what}'s id.",
                do=f"Ids are whole numbers: OrderWise shows them in its {what} grid.",
                where=opening.name,
            )
    return found


def _codes(opening: Opening, name: str) -> ValueMap | None:
    """The map to stock codes. Raises `Misconfigured` where a word is none."""
    found = _map(opening, name)
    words = [*found.values.values(), found.default or "-"] if found else []
    if any(not word.strip() for word in words):
        raise Misconfigured(
            f"A word in value map {name!r} is no stock code.",
            do="Give every variant number in it the stock code that OrderWise has for it.",
            where=opening.name,
        )
    return found


def _map(opening: Opening, name: str) -> ValueMap | None:
    if name and name not in opening.maps:
        raise Misconfigured(
            f"There is no value map named {name!r}.",
            do="Write it, or name another one in the connection's settings.",
            where=opening.name,
        )
    return opening.maps[name] if name else None
