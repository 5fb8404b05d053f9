"""Accounts that somebody posts or changes, at addresses that a site made up, as each does: none is
published. Nothing refuses a second account under a code that is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from counterfoil.twins.kit.book import Entry, Fact, Measure
from counterfoil.twins.kit.memory import Memory, number
from counterfoil.twins.kit.posted import Refusal, decoded
from counterfoil.twins.orderwise.site import Site
from counterfoil.values.clock import Clock

_FIRST: Final = 4338
_STATEMENT: Final = {
    "statementAddress1": "address1",
    "statementAddress2": "address2",
    "statementTown": "town",
    "statementCounty": "county",
    "statementPostcode": "postcode",
    "statementCountryCode": "country_code",
    "statementEmail": "email",
    "statementTelephone": "telephone",
    "vatNumber": "vat_number",
}
_DECODER: Final = msgspec.json.Decoder(dict[str, str])


class Customers:
    """The accounts of one instance."""

    def __init__(self, memory: Memory, clock: Clock, site: Site) -> None:
        self._memory, self._clock = memory, clock
        members = {"email": "statement_email", "town": "statement_town"}
        for customer in site.customers:
            row = {name: getattr(customer, member) for name, member in members.items()}
            columns = {"cs_cd_id": customer.id, "cs_at_s": 0}
            if not self._rows("cd_id = ?", customer.id):
                memory.insert(
                    "customer_statement",
                    {**columns, **{f"cs_{name}": value for name, value in row.items()}},
                )

    def take(self, body: bytes) -> Mapping[str, object]:
        """Somebody makes an account. Raises `Refusal`."""
        members = decoded(_DECODER, body)
        if (
            not members.get("accountNumber", "").strip()
            or not members.get("statementName", "").strip()
        ):
            raise Refusal("accountNumber and statementName are required")
        key = max(_FIRST, int(self._memory.number("select max(cd_id) + 1 from customer_detail")))
        names = {"cd_account_number": members["accountNumber"], "cd_statement_name": ""}
        with self._memory.transaction():
            self._memory.insert("customer_detail", {"cd_id": key, **names})
            self._memory.insert("customer_statement", {"cs_cd_id": key, "cs_at_s": 0})
            return self.change(key, body)

    def change(self, key: int, body: bytes) -> Mapping[str, object]:
        """Members of an account change; those that are not named stay. Raises `Refusal`."""
        members = decoded(_DECODER, body)
        if unknown := members.keys() - {*_STATEMENT, "accountNumber", "statementName"}:
            raise Refusal(f"The member {min(unknown)} is not known")
        if not (rows := self._rows("cd_id = ?", key)):
            raise Refusal(f"Customer {key} does not exist")
        columns = {
            f"cs_{_STATEMENT[name]}": members[name] for name in members if name in _STATEMENT
        }
        columns["cs_at_s"] = str(int(self._clock.now().timestamp()))
        names = ", ".join(f"{name} = ?" for name in columns)
        sql = f"update customer_statement set {names} where cs_cd_id = ?"  # noqa: S608
        self._memory.run(sql, *columns.values(), key)
        name = members.get("statementName", rows[0]["cd_statement_name"])
        self._memory.run(
            "update customer_detail set cd_statement_name = ? where cd_id = ?", name, key
        )
        return {"id": key, "accountNumber": rows[0]["cd_account_number"]}

    def book(self, after: int = 0) -> Iterator[Entry]:
        """Every account that was made here, the oldest first."""
        for row in self._rows("cd_id > ? and cs_at_s > 0", after):
            facts: dict[str, Fact] = {
                name.removeprefix("cs_").removeprefix("cd_"): str(value)
                for name, value in row.items()
            }
            key, code, at_s = str(row["cd_id"]), str(row["cd_account_number"]), row["cs_at_s"]
            yield Entry(key, code, int(number(at_s)), int(number(at_s)), Measure(0, ""), facts)

    def _rows(self, where: str, *values: object) -> list[dict[str, Any]]:
        join = "customer_detail join customer_statement on cs_cd_id = cd_id"
        sql = f"select * from {join} where {where} order by cd_id"  # noqa: S608
        return [*self._memory.records(sql, values)]
