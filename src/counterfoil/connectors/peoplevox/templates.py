"""The templates of a site: their columns are checked, their rows are saved and are read back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal

import msgspec

from counterfoil.connectors.peoplevox.client import Client
from counterfoil.connectors.peoplevox.fields import KEY
from counterfoil.connectors.peoplevox.profile import TITLE, Profile
from counterfoil.kit.api.readback import Row
from counterfoil.kit.formats import csv
from counterfoil.kit.formats.xml import Element
from counterfoil.values.errors import Misconfigured

Action = Literal["0", "1"]
ALLOCATE: Final[Action] = "0"
DO_NOT_ALLOCATE: Final[Action] = "1"


class Saved(msgspec.Struct, frozen=True):
    """What became of rows that were sent: those that were refused, how many nobody told of, and
    what was said beside them."""

    refused: tuple[str, ...]
    untold: int
    detail: str


class Templates:
    """The integration templates of one connection; `needed` has the columns of each by its name."""

    def __init__(
        self, client: Client, profile: Profile, needed: Mapping[str, Collection[str]], *, where: str
    ) -> None:
        self._client = client
        self._operations = client.operations
        self._profile = profile
        self._needed = needed
        self._where = where
        self._checked: set[str] = set()

    async def check(self, *, anew: bool = False) -> None:
        """Read each template's columns once, or `anew`. Raises `Misconfigured` where one is
        missing."""
        for template, needed in self._needed.items():
            if anew or template not in self._checked:
                parts = self._operations.elements({"templateName": template})
                result = await self._client.ask("GetSaveTemplate", parts)
                columns = {name.strip(' "') for name in result.said("Detail").split(",")}
                self._check(template, columns, needed)
                self._checked.add(template)

    async def save(self, template: str, rows: Sequence[Mapping[str, str]], action: Action) -> Saved:
        """Save rows, which have the same columns. Raises `Settle` where they may have landed."""
        names = {name: self._there(name) for name in rows[0]}
        cells = [{names[name]: cell for name, cell in row.items()} for row in rows]
        body = csv.encode([*names.values()], cells).decode()
        texts = {"TemplateName": template, "CsvData": body, "Action": action}
        result = await self._client.ask(
            "SaveData", self._request("saveRequest", texts), writes=True
        )
        listed = result.child("Statuses") or Element("")
        statuses = [*listed.each("IntegrationStatusResponse")]  # one alone is a list here as well
        refused = tuple(
            status.said("Reference") for status in statuses if status.said("Status") != "Success"
        )
        return Saved(refused, max(0, len(rows) - len(statuses)), result.said("Detail"))

    async def rows(self, template: str, references: Collection[str]) -> list[Row]:
        """Every row of these orders, page by page until there are as many as the total says."""
        clause = " OR ".join(f'{self._there(KEY)}.Equals("{key}")' for key in references)
        size, page, rows = self._profile.page_size, 1, list[Row]()
        while references:
            place = {"TemplateName": template, "PageNo": str(page), "ItemsPerPage": str(size)}
            request = self._request("getRequest", {**place, "SearchClause": clause})
            result = await self._client.ask("GetData", request)
            total, count = int(result.said("TotalCount") or 0), len(rows)
            if count < total:
                rows += self._read(template, result.said("Detail"))
            if len(rows) >= total:
                break
            if len(rows) == count:
                raise self._silent(template, total, count)
            page += 1
        return rows

    def _read(self, template: str, detail: str) -> list[Row]:
        """The rows of a page, by the vendor's own names of the columns."""
        ours = {theirs: name for name, theirs in self._profile.columns.items()}
        table = csv.parse(detail.encode(), what=template) if detail else csv.Table((), [])
        if table.rows:
            self._check(template, {*table.columns}, [KEY])
        return [{ours.get(name, name): cell for name, cell in row.items()} for row in table.rows]

    def _there(self, name: str) -> str:
        return self._profile.columns.get(name, name)

    def _check(self, template: str, columns: Collection[str], needed: Collection[str]) -> None:
        missing = [self._there(name) for name in needed if self._there(name) not in columns]
        if missing:
            raise Misconfigured(
                f"The template {template!r} of {TITLE} has no column {', '.join(missing)}.",
                do="Add it to the integration template, or name it in the setting columns.",
                where=self._where,
            )

    def _silent(self, template: str, total: int, count: int) -> Misconfigured:
        return Misconfigured(
            f"{TITLE} has {total} rows of {template!r} and gave {count}, then an empty page.",
            do="Choose a smaller page_size for this connection.",
            where=self._where,
        )

    def _request(self, name: str, texts: Mapping[str, str]) -> list[Element]:
        return [self._operations.element(name, self._operations.elements(texts))]
