"""The tables of a site: templates, whose rows are saved and read back, and reports."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from counterfoil.connectors.peoplevox.client import Client
from counterfoil.connectors.peoplevox.profile import TITLE, Profile
from counterfoil.kit.api.parts import Saved
from counterfoil.kit.api.reports import Asked
from counterfoil.kit.api.tables import Page, Row, Tables
from counterfoil.kit.formats import csv, linq
from counterfoil.kit.formats.xml import Element

KEY: Final = "SalesOrderNumber"
ITEMS: Final = "Sales order items"
_TEMPLATE: Final = ("GetData", "getRequest", "page_size")
_REPORT: Final = ("GetReportData", "getReportRequest", "report_page_size")
"""An operation that gives pages, the element of its request, and the setting of their size."""


class Site:
    """The tables of one connection."""

    def __init__(self, client: Client, profile: Profile, *, where: str) -> None:
        self._client = client
        self._profile = profile
        self.tables = Tables(TITLE, profile.columns, where)
        self._checked: set[str] = set()

    async def check(self, needed: Mapping[str, Collection[str]], *, anew: bool = False) -> None:
        """Read each template's columns once, or `anew`. Raises `Misconfigured` where one is
        missing."""
        for template, columns in needed.items():
            if anew or template not in self._checked:
                result = await self._client.ask("GetSaveTemplate", {"templateName": template})
                names = {name.strip(' "') for name in result.said("Detail").split(",")}
                self.tables.check(template, names, columns)
                self._checked.add(template)

    async def save(self, template: str, rows: Sequence[Mapping[str, str]], action: str) -> Saved:
        """Save rows, which have the same columns. Raises `Settle` where they may have landed."""
        names = {name: self.tables.there(name) for name in rows[0]}
        cells = [{names[name]: cell for name, cell in row.items()} for row in rows]
        body = csv.encode([*names.values()], cells).decode()
        texts = {"TemplateName": template, "CsvData": body, "Action": action}
        result = await self._client.ask("SaveData", texts, "saveRequest", writes=True)
        listed = result.child("Statuses") or Element("")
        statuses = [*listed.each("IntegrationStatusResponse")]  # one alone is a list here as well
        refused = [row.said("Reference") for row in statuses if row.said("Status") != "Success"]
        return Saved(refused, max(0, len(rows) - len(statuses)), result.said("Detail"))

    async def rows(self, template: str, references: Collection[str], key: str = KEY) -> list[Row]:
        """Every row of a template that is of these orders, or has one of these keys."""
        query = {"SearchClause": linq.equals(self.tables.there(key), references)}
        return await self._read(_TEMPLATE, template, [key], query) if references else []

    async def report(self, asked: Asked, needed: Collection[str]) -> list[Row]:
        """The rows of a report that has these columns."""
        query = {"SearchClause": asked.condition, "FilterClause": "", "OrderBy": asked.by}
        query["Columns"] = asked.columns
        return await self._read(_REPORT, asked.report, needed, query, asked.most)

    async def _read(
        self, paged: tuple[str, str, str], table: str, needed: Collection[str], query: Row,
        most: int = 0,
    ) -> list[Row]:  # fmt: skip
        operation, around, setting = paged

        async def page(number: int) -> Page:
            size = str(most or getattr(self._profile, setting))
            place = {"TemplateName": table, "PageNo": str(number), "ItemsPerPage": size}
            result = await self._client.ask(operation, {**place, **query}, around)
            return Page(result.said("TotalCount"), result.said("Detail"))

        return await self.tables.rows(table, needed, page, most, setting=setting)
