"""The nations of the United Kingdom, which some systems call provinces: no county, on no label."""

from __future__ import annotations

_NATIONS = frozenset(
    "ENG SCT WLS NIR BFP GB-ENG GB-SCT GB-WLS GB-NIR England Scotland Wales".split()
) | {"Northern Ireland", "British Forces"}


def county(region: str, region_code: str, country: object) -> str:
    """The region as a label shows it: its name, and none where it is a nation of GB."""
    nation = country == "GB" and (region in _NATIONS or region_code in _NATIONS)
    return "" if nation else region
