"""Customers that never lived: where a customer number's parcels go.

Sales histories carry opaque customer numbers and country names. Everything else that an order
needs is invented from them, the same each time, so that no rehearsal holds a person's data.
"""

from __future__ import annotations

import msgspec

from counterfoil.model.address import Address
from counterfoil.values.digest import digest

# The countries of the Online Retail file, and neighbours. Codes: ISO 3166-1 alpha-2.
_COUNTRIES = {
    "Australia": ("AU", "Ballarat"),
    "Austria": ("AT", "Linz"),
    "Bahrain": ("BH", "Manama"),
    "Belgium": ("BE", "Ghent"),
    "Bermuda": ("BM", "Hamilton"),
    "Brazil": ("BR", "Curitiba"),
    "Canada": ("CA", "Kingston"),
    # Jersey stands for the islands: they have no code together, and the file does not say which.
    "Channel Islands": ("JE", "Saint Helier"),
    "Cyprus": ("CY", "Larnaca"),
    "Czech Republic": ("CZ", "Brno"),
    "Denmark": ("DK", "Odense"),
    "EIRE": ("IE", "Galway"),
    # No country, but in 2011 the shop's own country belonged to it.
    "European Community": ("GB", ""),
    "Finland": ("FI", "Turku"),
    "France": ("FR", "Nantes"),
    "Germany": ("DE", "Bremen"),
    "Greece": ("GR", "Patras"),
    "Hong Kong": ("HK", "Kowloon"),
    "Iceland": ("IS", "Akureyri"),
    "Ireland": ("IE", "Galway"),
    "Israel": ("IL", "Haifa"),
    "Italy": ("IT", "Verona"),
    "Japan": ("JP", "Nagoya"),
    "Korea": ("KR", "Busan"),
    "Lebanon": ("LB", "Tripoli"),
    "Lithuania": ("LT", "Kaunas"),
    "Malta": ("MT", "Valletta"),
    "Netherlands": ("NL", "Utrecht"),
    "New Zealand": ("NZ", "Nelson"),
    "Nigeria": ("NG", "Ibadan"),
    "Norway": ("NO", "Bergen"),
    "Poland": ("PL", "Torun"),
    "Portugal": ("PT", "Braga"),
    "RSA": ("ZA", "Durban"),
    "Saudi Arabia": ("SA", "Jeddah"),
    "Singapore": ("SG", "Singapore"),
    "Spain": ("ES", "Seville"),
    "Sweden": ("SE", "Uppsala"),
    "Switzerland": ("CH", "Basel"),
    "Thailand": ("TH", "Chiang Mai"),
    "USA": ("US", "Portland"),
    "United Arab Emirates": ("AE", "Sharjah"),
    "United Kingdom": ("GB", ""),
    # The shop is British, and nine orders in ten stay at home.
    "Unspecified": ("GB", ""),
    "West Indies": ("BB", "Bridgetown"),
}
_BY_NAME = {name.casefold(): country for name, country in _COUNTRIES.items()}
_WITHOUT_POSTCODE = frozenset({"AE", "HK"})
_BRITISH_TOWNS = (
    ("Exeter", "EX"),
    ("Norwich", "NR"),
    ("Derby", "DE"),
    ("Swansea", "SA"),
    ("Perth", "PH"),
    ("Lancaster", "LA"),
    ("Ipswich", "IP"),
    ("Durham", "DH"),
    ("Truro", "TR"),
    ("Lincoln", "LN"),
)
_STREETS = (
    "Almond Walk",
    "Bellfounders Row",
    "Chandler Street",
    "Dovecote Lane",
    "Elm Terrace",
    "Foundry Road",
    "Granary Court",
    "Harbour View",
    "Ivy Place",
    "Kiln Close",
)
_INWARD = "ABDEFGHJLNPQRSTUWXYZ"  # letters that the second half of a British postcode may have
_LONGEST_NUMBER = 12  # digits; a longer customer number is replaced as if it were a name


class Customer(msgspec.Struct, frozen=True):
    """Who bought: an e-mail address that reaches nobody ("" for a guest) and an address."""

    email: str
    deliver_to: Address


def customer(number: str, country: str, invoice: str) -> Customer:
    """The invented customer behind `number` ("": a guest, known by the invoice alone)."""
    if not number:
        return Customer("", _address(f"Guest of invoice {invoice}", country))
    public = _public(number)
    return Customer(f"customer{public}@example.com", _address(f"Customer number {public}", country))


def _public(number: str) -> str:
    """`number` where it is one; anything else could be a person's name and becomes a digest."""
    whole = number.removesuffix(".0")
    if whole.isascii() and whole.isdecimal() and len(whole) <= _LONGEST_NUMBER:
        return whole
    return str(int.from_bytes(digest(number.encode())[:5], "big"))


def country_code(country: str) -> str:
    """ISO 3166 alpha-2 for a country's name or code; "" where the name is not known.

    No country at all means the shop's own, GB.
    """
    if not country:
        return "GB"
    if len(country) == 2 and country.isascii() and country.isalpha():
        return country.upper()
    return _BY_NAME.get(country.casefold(), ("", ""))[0]


def _address(name: str, country: str) -> Address:
    luck = int.from_bytes(digest(f"{name}|{country}".encode())[:8], "big")
    luck, street = divmod(luck, len(_STREETS))
    luck, house = divmod(luck, 180)
    line1 = f"{house + 1} {_STREETS[street]}"
    code = country_code(country)
    if code == "GB":
        return _british(name, line1, luck)
    town = _BY_NAME.get(country.casefold(), ("", ""))[1]
    postcode = "" if code in _WITHOUT_POSTCODE else f"{luck % 90_000 + 10_000}"
    region = "" if code else country  # an unknown country is kept as it was written
    return Address(
        name=name, line1=line1, town=town, region=region, postcode=postcode, country=code
    )


def _british(name: str, line1: str, luck: int) -> Address:
    luck, index = divmod(luck, len(_BRITISH_TOWNS))
    luck, district = divmod(luck, 20)
    luck, sector = divmod(luck, 9)
    luck, first = divmod(luck, len(_INWARD))
    second = luck % len(_INWARD)
    town, area = _BRITISH_TOWNS[index]
    postcode = f"{area}{district + 1} {sector + 1}{_INWARD[first]}{_INWARD[second]}"
    return Address(name=name, line1=line1, town=town, postcode=postcode, country="GB")
