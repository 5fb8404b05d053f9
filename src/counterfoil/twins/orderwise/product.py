"""What an instance sells: products and their variants, and what people do with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from counterfoil.twins.kit.book import Entry, Fact, Measure
from counterfoil.twins.kit.memory import Memory, number
from counterfoil.twins.orderwise.site import Site
from counterfoil.values.clock import Clock

_FIRST = 5001
_TABLES = {"p": ("product_detail", "pd"), "v": ("variant_detail", "vad")}


class Products:
    """The products of one instance. A key is "p" or "v" and its number, as definitions tell it."""

    def __init__(self, memory: Memory, clock: Clock, site: Site) -> None:
        self._memory = memory
        self._clock = clock
        self._zone = ZoneInfo(site.zone)

    def product(self, code: str, name: str, description: str = "") -> str:
        """Somebody enters a product; its key."""
        now = self._local_time()
        key = self._next()
        row = {"pd_id": key, "pd_product_code": code, "pd_description": name}
        times = {"pd_input_datetime": now, "pd_last_amended_datetime": now}
        self._memory.insert("product_detail", {**row, "pd_long_description": description, **times})
        return f"p{key}"

    def variant(self, product: str, code: str, name: str, **columns: object) -> str:
        """Somebody enters a variant of a product; its key."""
        now = self._local_time()
        key = self._next()
        row = {"vad_id": key, "vad_variant_code": code, "vad_description": name}
        times = {"vad_input_datetime": now, "vad_last_amended_datetime": now}
        self._memory.insert(
            "variant_detail", {**row, "vad_pd_id": int(product[1:]), **times, **columns}
        )
        self.change(product)
        return f"v{key}"

    def change(self, key: str, **columns: object) -> None:
        """Somebody changes columns of a product or variant; without any it is saved again."""
        table, prefix = _TABLES[key[0]]
        values = {**columns, f"{prefix}_last_amended_datetime": self._local_time()}
        names = ", ".join(f"{name} = ?" for name in values)
        sql = f"update {table} set {names} where {prefix}_id = ?"  # noqa: S608
        self._memory.run(sql, *values.values(), int(key[1:]))

    def rename(self, key: str, code: str) -> None:
        """A variant gets another code."""
        self.change(key, vad_variant_code=code)

    def discontinue(self, key: str) -> None:
        """A variant is sold no more; nor is its product, where it was the last one."""
        self.change(key, vad_discontinued=1)
        self.change(self._parent(key))

    def merge(self, key: str, into: str) -> None:
        """A variant is sold no more, and lives on as another one."""
        row = self._memory.row(
            "select vad_variant_code from variant_detail where vad_id = ?", int(into[1:])
        )
        assert row is not None
        self.change(key, vad_superseded_by=str(row[0]))
        self.discontinue(key)

    def kit(self, key: str, components: Mapping[str, int]) -> None:
        """A variant is made of so many of each of these."""
        kit = int(key[1:])
        self._memory.run("delete from variant_bom_component where vbc_kit_vad_id = ?", kit)
        self._memory.run_many(
            "insert into variant_bom_component (vbc_kit_vad_id, vbc_vad_id, vbc_quantity)"
            " values (?, ?, ?)",
            [(kit, int(part[1:]), pieces) for part, pieces in components.items()],
        )
        self.change(key)

    def book(self, after: int = 0) -> Iterator[Entry]:
        """Every product and variant, the oldest first; a number is twice its own, and one more for
        a variant. Its facts are the columns that it has, without their table's letters."""
        rows = [
            (2 * int(number(row[f"{prefix}_id"])) + (kind == "v"), kind, prefix, row)
            for kind, (table, prefix) in _TABLES.items()
            for row in self._memory.records(f"select * from {table}")  # noqa: S608
            if kind == "p" or row["vad_pd_id"] is not None
        ]
        for place, kind, prefix, row in sorted(rows, key=lambda found: found[0]):
            if place > after:
                facts: Mapping[str, Fact] = {
                    column.removeprefix(f"{prefix}_"): None if value is None else str(value)
                    for column, value in row.items()
                }
                yield Entry(
                    str(place), f"{kind}{place // 2}", self._second(facts["input_datetime"]),
                    self._second(facts["last_amended_datetime"]), Measure(0, ""), facts,
                )  # fmt: skip

    def _parent(self, key: str) -> str:
        sql = "select vad_pd_id from variant_detail where vad_id = ?"
        return f"p{int(self._memory.number(sql, int(key[1:])))}"

    def _next(self) -> int:
        """The next number, of products and variants alike."""
        products = self._memory.number("select max(pd_id) from product_detail")
        variants = self._memory.number("select max(vad_id) from variant_detail")
        return int(max(_FIRST - 1, products, variants)) + 1

    def _local_time(self) -> str:
        moment = datetime.fromtimestamp(self._clock.now().timestamp(), self._zone)
        return moment.replace(tzinfo=None).isoformat()

    def _second(self, local: object) -> int:
        moment = datetime.fromisoformat(str(local))
        return int(moment.replace(tzinfo=self._zone).timestamp())
