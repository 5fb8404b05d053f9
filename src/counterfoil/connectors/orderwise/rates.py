"""The tax rates of a site: the cheapest read that proves the sign-in, and that tax_map is right."""

from __future__ import annotations

from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.mapping.tax import Rates
from counterfoil.values.errors import Misconfigured


async def proven(client: Client, profile: Profile, rates: Rates, where: str) -> str:
    """One sentence about the tax rates that answered. Raises `Misconfigured` where one is not."""
    listed = await client.value_list(profile.tax_list)
    missing = rates.missing(set(listed))
    if missing:
        raise Misconfigured(
            f"OrderWise has no tax rate with the id {', '.join(map(str, missing))}.",
            do=f"Correct tax_map; value list {profile.tax_list} has "
            + ", ".join(f"{number} ({name})" for number, name in sorted(listed.items())[:12])
            + ".",
            where=where,
        )
    return f"OrderWise answered; it has {len(listed)} tax rates, among them all of tax_map."
