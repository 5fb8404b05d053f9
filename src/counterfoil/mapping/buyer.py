"""Whose account an order goes to: the one of private buyers, or that of the business that buys."""

from __future__ import annotations

from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.order import Company, Order
from counterfoil.values.errors import Hold

_NOBODY = Company()


class Buyers:
    """The accounts of one connection to the system `target`.

    `private` is the account of private buyers; `companies`, which the setting company_map names,
    has those of businesses, by their number at the source or by number/branch.
    """

    def __init__(
        self, private: int, companies: ValueMap | None, *, target: str, where: str
    ) -> None:
        self._private = private
        self._companies = companies
        self._target = target
        self._where = where

    def account_of(self, order: Order) -> int:
        """The id of the account. Raises `Hold` for a business that nobody has mapped."""
        company, companies = order.company, self._companies
        if company == _NOBODY:
            return self._private
        if companies is None:
            raise Hold(
                f"Order {order.number} was placed by a business ({company.key}), and no account"
                " is mapped for one.",
                do=f"Write its number with its account's id in {self._target} into a value map,"
                " name that map in the setting company_map, and send the held records again.",
                where=self._where,
                code="company-unmapped",
            )
        branch = f"{company.key}/{company.location}"
        has_branch = (branch if companies.case else branch.casefold()) in companies.values
        return int(companies.look_up(branch if has_branch else company.key))
