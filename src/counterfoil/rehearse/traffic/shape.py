"""The shape of a real gift shop's trade, measured, so that generated trade looks like it.

Measured over the sale lines of the Online Retail data set, 2010-12-01 to 2011-12-09, under the
rules of `history.py`: 19,959 orders, of which 19,773 contain merchandise, on 527,664 lines.
The shop sells gifts in the United Kingdom, on the web and to small traders, hence large baskets.
A test measures all of it again where the file is at hand.
"""

from __future__ import annotations

import msgspec


class Shape(msgspec.Struct, frozen=True):
    """Figures of one shop's trade. Shares are per mille; prices are pence, VAT inside.

    * `hours`: orders by hour of the British day
    * `lines`: lines of merchandise an order, at each per mille of the orders
    * `quantities`: for prices up to each bound, pieces a line at the 2.5th, 7.5th ... 97.5th
      percentile
    * `prices`: each product's most frequent price (the lower of ties), at the 1.25th, 3.75th ...
      98.75th percentile
    * `popularity`: on how many lines the product of each rank occurs
    * `countries`: the nine foremost abroad, by orders; `abroad`: orders that leave the country
    * `returning`: of the orders with a customer number, those whose customer had bought before;
      `same_day`: those of them whose customer had bought on that very day
    * `postage_home`, `postage_abroad`: what orders with postage pay, at the 10th, 30th ... 90th
      percentile; `with_postage_...`: how many pay it
    * `gift_cards`: vouchers for a thousand orders
    """

    source: str
    hours: dict[int, int]
    lines: tuple[tuple[int, int], ...]
    quantities: tuple[tuple[int, tuple[int, ...]], ...]
    prices: tuple[int, ...]
    popularity: tuple[tuple[int, int], ...]
    countries: dict[str, int]
    abroad: int
    guests: int
    returning: int
    same_day: int
    with_postage_home: int
    with_postage_abroad: int
    postage_home: tuple[int, ...]
    postage_abroad: tuple[int, ...]
    gift_cards: int

    @property
    def told(self) -> tuple[str, ...]:
        """The figures in plain sentences, with their source."""
        hour = max(self.hours, key=lambda at: self.hours[at])
        share = 100 * self.hours[hour] // sum(self.hours.values())
        points = dict(self.lines)
        return (
            f"The busiest hour begins at {hour}:00, with {share} % of the day's orders.",
            f"Half of all orders have {points[500]} lines or fewer; one in ten has"
            f" {points[900]} or more, one in a hundred {points[990]} or more.",
            f"{self.returning / 10:.0f} % of known customers have bought before,"
            f" {self.same_day / 10:.0f} % earlier on the same day; {self.guests / 10:.0f} % of"
            " orders come from guests.",
            f"{self.abroad / 10:.0f} % of orders go abroad.",
            f"Measured on: {self.source}.",
        )


def _figures(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split()))


SHAPE = Shape(
    source="Online Retail, UCI data set 352, CC BY 4.0, Chen, Sain, Guo 2012",
    hours=dict(
        enumerate(_figures("1 29 566 1484 2361 2396 3219 2753 2456 2336 1335 667 192 146 18"), 6)
    ),
    lines=(
        (0, 1),
        (50, 1),
        (100, 2),
        (200, 5),
        (300, 8),
        (400, 12),
        (500, 15),
        (600, 20),
        (700, 25),
        (800, 35),
        (900, 54),
        (950, 79),
        (960, 90),
        (970, 112),
        (980, 152),
        (990, 221),
        (995, 344),
        (999, 592),
        (1000, 1112),
    ),
    quantities=(
        (65, _figures("1 1 2 2 3 4 6 10 12 12 12 20 24 24 24 25 25 36 48 120")),
        (125, _figures("1 1 1 1 2 2 3 3 4 6 8 10 12 12 12 12 12 24 24 72")),
        (250, _figures("1 1 1 1 1 2 2 2 3 4 5 6 8 10 10 12 12 12 20 60")),
        (500, _figures("1 1 1 1 1 1 2 2 2 3 3 4 4 4 6 6 6 8 12 32")),
        (9999, _figures("1 1 1 1 1 1 1 1 1 2 2 2 2 2 2 3 4 4 6 14")),
    ),
    prices=_figures(
        "19 38 39 42 42 65 82 83 85 85 125 125 125 125 145 163 165 165 195 208 210 225 248 255"
        " 290 295 295 332 375 395 415 425 495 549 623 750 825 895 1195 1695"
    ),
    popularity=(
        (1, 2265),
        (10, 1328),
        (50, 916),
        (100, 689),
        (200, 487),
        (400, 344),
        (800, 208),
        (1200, 138),
        (1600, 95),
        (2000, 63),
        (2500, 33),
        (3000, 14),
        (3500, 4),
        (3800, 1),
        (3900, 1),
    ),
    countries={
        "Germany": 457,
        "France": 392,
        "EIRE": 288,
        "Belgium": 98,
        "Netherlands": 94,
        "Spain": 90,
        "Portugal": 58,
        "Australia": 57,
        "Switzerland": 54,
    },
    abroad=97,
    guests=71,
    returning=878,
    same_day=100,
    with_postage_home=48,
    with_postage_abroad=611,
    postage_home=(1500, 10017, 16295, 21513, 59400),
    postage_abroad=(1800, 3600, 5000, 6000, 12600),
    gift_cards=2,
)
"""`returning` and `same_day` are of November 2011, when the file has a year's memory of who bought:
2,334 and 267 of 2,657 orders with a customer number."""
