"""What the shop sells: products and their variants, read by identifiers and written by mutations.

`productSet` makes the lists that it is given the only ones: a variant that is left out of them is
deleted (recorded: gql-product-set). A list that is not given at all is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.graphql.problem import Json
from counterfoil.twins.kit.graphql.selection import Selected
from counterfoil.twins.kit.memory import Memory, number
from counterfoil.twins.kit.nodes import Item, Wrong
from counterfoil.twins.shopify.spelling import gid, number_in, utc
from counterfoil.values.clock import Clock
from counterfoil.values.errors import CounterfoilError
from counterfoil.values.money import minor, plain

_FIRST: Final = 7_001_000
_DEFAULT: Final = [{"name": "Title", "value": "Default Title"}]
_PLAIN: Final = ("title", "descriptionHtml", "status", "vendor", "productType", "handle")
_OF_VARIANT: Final = ("barcode", "taxable", "inventoryPolicy")
_NULLABLE: Final = ("sku", "countryCodeOfOrigin", "harmonizedSystemCode")
_OF_ITEM: Final = ("sku", "tracked", "requiresShipping", "countryCodeOfOrigin")
_APP: Final = "$app"

Input = Mapping[str, Any]
_NONE: Final[Input] = {}


class Catalogue:
    """The products of one shop, which prices in `currency`."""

    def __init__(self, memory: Memory, clock: Clock, currency: str) -> None:
        self._memory = memory
        self._clock = clock
        self._currency = currency
        memory.lay(__package__ or "", "products.sql")

    # --- asked ---

    def product_by(self, root: Selected, base_url: str) -> Json | None:
        """The product that an identifier names."""
        row_id = self._named("Product", root.arguments["identifier"])
        return None if row_id is None else self._product(row_id)

    def variant_by(self, root: Selected, base_url: str) -> Json | None:
        """The variant that an identifier names."""
        row_id = self._named("ProductVariant", root.arguments["identifier"])
        return None if row_id is None else self._variant(row_id)

    def book(self, after: int = 0) -> Iterator[Entry]:
        """Every product and variant that has a custom id, the oldest first."""
        sql = "select kind, value, id from custom_id where id > ? order by id"
        for kind, value, row_id in self._memory.rows(sql, after):
            key = int(number(row_id))
            node = self._product(key) if kind == "Product" else self._variant(key)
            born = self._memory.row(
                f"select created_s, updated_s from {_table(str(kind))} where id = ?",  # noqa: S608
                key,
            )
            assert born is not None
            yield Entry(
                str(key), str(value), int(number(born[0])), int(number(born[1])), Measure(0, ""),
                {"kind": str(kind), **_facts(node)},
            )  # fmt: skip

    # --- changed ---

    def product_set(self, root: Selected, base_url: str) -> Json:
        """The product as `input` says it is, made where its identifier names none."""
        sent: Input = root.arguments["input"]
        identifier: Input = root.arguments.get("identifier") or {}
        try:
            with self._memory.transaction():
                row_id = self._named("Product", identifier)
                if row_id is None and "id" in identifier:
                    raise Wrong(("input",), "Product does not exist", "PRODUCT_DOES_NOT_EXIST")
                product = self._set(row_id, sent)
                if row_id is None and "customId" in identifier:
                    self._name("Product", identifier["customId"], product)
                self._only(product, sent)
        except Wrong as wrong:
            return {"product": None, "userErrors": [wrong.error]}
        return {"product": self._product(product), "userErrors": []}

    def create_variants(self, root: Selected, base_url: str) -> Json:
        """Further variants of a product: all of them, or none."""
        product, inputs = self._owner(root), root.arguments["variants"]
        if product is None:
            return _no_product()
        variants: list[int] = []
        try:
            with self._memory.transaction():
                if root.arguments["strategy"] != "PRESERVE_STANDALONE_VARIANT":
                    self._drop_default(product)
                for place, sent in enumerate(inputs):
                    variants.append(self._create(product, sent, ("variants", str(place))))
        except Wrong as wrong:
            return {"product": None, "productVariants": [], "userErrors": [wrong.error]}
        return self._changed(product, variants)

    def update_variants(self, root: Selected, base_url: str) -> Json:
        """Variants changed: all of them or none, unless partial updates are allowed."""
        product, inputs = self._owner(root), root.arguments["variants"]
        if product is None:
            return _no_product()
        partial, errors, done = root.arguments["allowPartialUpdates"], list[Json](), list[int]()
        try:
            with self._memory.transaction():
                for place, sent in enumerate(inputs):
                    where = ("variants", str(place))
                    try:
                        variant = number_in(str(sent.get("id")), "ProductVariant")
                        if variant is None or not self._is_of(variant, product):
                            code = "PRODUCT_VARIANT_DOES_NOT_EXIST"
                            raise Wrong((*where, "id"), "Product variant does not exist", code)
                        self._write(variant, sent, where)
                        done.append(variant)
                    except Wrong as wrong:
                        errors.append(wrong.error)
                        if not partial:
                            raise
        except Wrong:
            return {"product": None, "productVariants": [], "userErrors": errors}
        return {**self._changed(product, done), "userErrors": errors}

    def add(self, title: str, namespace: str, key: str, value: str) -> str:
        """Somebody makes a product by hand, and gives it a custom id; its own id."""
        product = self._set(None, {"title": title})
        self._name("Product", {"namespace": namespace, "key": key, "value": value}, product)
        return gid("Product", product)

    def edit(self, custom: str, **values: object) -> None:
        """Somebody changes, in the shop's own pages, the columns of what has this custom id."""
        kind, row_id = cast(
            "tuple[str, int]",
            self._memory.row("select kind, id from custom_id where value = ?", custom),
        )
        self._put(_table(kind), row_id, values)

    # --- inside ---

    def _now_s(self) -> int:
        return self._clock.now().timestamp()

    def _put(self, table: str, row_id: int, values: Mapping[str, object]) -> None:
        changed = {**values, "updated_s": self._now_s()}
        names = ", ".join(f"{name} = ?" for name in changed)
        self._memory.run(f"update {table} set {names} where id = ?", *changed.values(), row_id)  # noqa: S608

    def _next(self) -> int:
        products = self._memory.number("select max(id) from product")
        variants = self._memory.number("select max(id) from variant")
        return int(max(_FIRST, products, variants)) + 1

    def _named(self, kind: str, identifier: Input) -> int | None:
        row: tuple[object, ...] | None = None
        if "id" in identifier:
            sql = f"select id from {_table(kind)} where id = ?"  # noqa: S608
            row = self._memory.row(sql, number_in(str(identifier["id"]), kind))
        elif "handle" in identifier:
            row = self._memory.row("select id from product where handle = ?", identifier["handle"])
        elif "customId" in identifier:
            row = self._memory.row(
                "select id from custom_id where kind = ? and namespace = ? and key = ?"
                " and value = ?", kind, *_place(identifier["customId"]),
            )  # fmt: skip
        return int(number(row[0])) if row else None

    def _name(self, kind: str, custom: Input, row_id: int) -> None:
        self._memory.run(
            "insert into custom_id values (?, ?, ?, ?, ?)", kind, *_place(custom), row_id
        )

    def _set(self, row_id: int | None, given: Input) -> int:
        values = {name: given[name] for name in _PLAIN if given.get(name) is not None}
        if "title" in given and not str(given["title"] or "").strip():
            raise Wrong(("input", "title"), "Title can't be blank", "INVALID_PRODUCT")
        if row_id is not None:
            self._put("product", row_id, values)
            return row_id
        if "title" not in values:
            raise Wrong(("input", "title"), "Title can't be blank", "INVALID_PRODUCT")
        product, now_s = self._next(), self._now_s()
        handle = values.pop("handle", None) or self._handle(str(values["title"]))
        row = {"id": product, "handle": handle, "created_s": now_s, "updated_s": now_s, **values}
        self._memory.insert("product", row)
        self._lay(product, _DEFAULT)
        return product

    def _only(self, product: int, given: Input) -> None:
        """Make the variants that are given the only ones; where none are given, leave them be."""
        if given.get("variants") is None:
            return
        if given.get("productOptions") is None:
            text = "Must specify product options when updating variants"
            raise Wrong(("input", "productOptions"), text, "PRODUCT_OPTIONS_INPUT_MISSING")
        self._memory.run("delete from variant where product_id = ?", product)
        for place, variant in enumerate(given["variants"]):
            item: Input = {**(variant.get("inventoryItem") or _NONE), "sku": variant.get("sku")}
            full: Input = {**variant, "inventoryItem": item}
            self._create(product, full, ("input", "variants", str(place)))

    def _lay(self, product: int, options: object) -> int:
        variant, now_s = self._next(), self._now_s()
        text = msgspec.json.encode(options).decode()
        row = {"id": variant, "product_id": product, "options": text}
        self._memory.insert("variant", {**row, "created_s": now_s, "updated_s": now_s})
        return variant

    def _create(self, product: int, given: Input, at: tuple[str, ...]) -> int:
        options = _options(given)
        if not options:
            text = "You need to add option values for Title"
            raise Wrong(at, text, "NEED_TO_ADD_OPTION_VALUES")
        self._check_free(product, options, 0, at)
        variant = self._lay(product, options)
        for custom in given.get("metafields") or ():
            if self._named("ProductVariant", {"customId": custom}) is not None:
                text = "The value is already in use by another variant"
                raise Wrong((*at, "metafields", "0", "value"), text, "INVALID")
            self._name("ProductVariant", custom, variant)
        self._write(variant, {**given, "optionValues": None}, at)
        return variant

    def _write(self, variant: int, given: Input, at: tuple[str, ...]) -> None:
        values: dict[str, object] = {n: given[n] for n in _OF_VARIANT if given.get(n) is not None}
        if (options := _options(given)) and given.get("optionValues"):
            owner = self._memory.number("select product_id from variant where id = ?", variant)
            self._check_free(int(owner), options, variant, at)
            values["options"] = msgspec.json.encode(options).decode()
        if given.get("price") is not None:
            values["price_minor"] = self._price(str(given["price"]), at)
        item: Input = given.get("inventoryItem") or _NONE
        values |= {name: item[name] for name in _OF_ITEM if item.get(name) is not None}
        values |= {name: None for name in _NULLABLE if name in item and item[name] is None}
        if item.get("harmonizedSystemCode") is not None:
            # Kept as digits (recorded: "1234.56" is node as "123456").
            values["harmonizedSystemCode"] = re.sub(r"\D", "", item["harmonizedSystemCode"])
        measured: Input = item.get("measurement") or _NONE
        if measured.get("weight"):
            values["weight"] = msgspec.json.encode(measured["weight"]).decode()
        self._put("variant", variant, values)

    def _price(self, price: str, at: tuple[str, ...]) -> int:
        where = (*at, "price")
        if price.startswith("-"):
            text = "Price must be greater than or equal to 0"
            raise Wrong(where, text, "GREATER_THAN_OR_EQUAL_TO")
        try:
            return minor(price, self._currency)
        except CounterfoilError:
            raise Wrong(where, "Price is not a number", "INVALID_INPUT") from None

    def _check_free(self, product: int, options: object, own: int, at: tuple[str, ...]) -> None:
        text = msgspec.json.encode(options).decode()
        sql = "select id from variant where product_id = ? and options = ? and id <> ?"
        if self._memory.row(sql, product, text, own):
            name = " / ".join(option["value"] for option in cast("list[dict[str, str]]", options))
            raise Wrong(at, f"The variant '{name}' already exists.", "VARIANT_ALREADY_EXISTS")

    def _drop_default(self, product: int) -> None:
        default = msgspec.json.encode(_DEFAULT).decode()
        self._memory.run(
            "delete from variant where product_id = ? and options = ?", product, default
        )

    def _is_of(self, variant: int, product: int) -> bool:
        sql = "select 1 from variant where id = ? and product_id = ?"
        return self._memory.row(sql, variant, product) is not None

    def _owner(self, root: Selected) -> int | None:
        return self._named("Product", {"id": root.arguments["productId"]})

    def _handle(self, title: str) -> str:
        handle = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "product"
        sql = "select count(*) from product where handle = ? or handle glob ?"
        others = int(self._memory.number(sql, handle, f"{handle}-[0-9]*"))
        return f"{handle}-{others}" if others else handle

    def _changed(self, product: int, variants: Sequence[int]) -> Json:
        node = [self._variant(variant) for variant in variants]
        return {"product": self._product(product), "productVariants": node, "userErrors": []}

    def _product(self, row_id: int, *, whole: bool = True) -> Json:
        """A product; that of a variant is node without its variants."""
        row = next(self._memory.records("select * from product where id = ?", (row_id,)))
        rows = self._memory.rows("select id from variant where product_id = ? order by id", row_id)
        keys = [int(number(key)) for (key,) in rows if whole]
        variants = [Item(key, self._variant(key)) for key in keys]
        tags = msgspec.json.decode(str(row["tags"]))
        return {**_dated(row, "Product"), "tags": tags, "variants": variants}

    def _variant(self, row_id: int) -> Json:
        row = next(self._memory.records("select * from variant where id = ?", (row_id,)))
        options: list[dict[str, str]] = msgspec.json.decode(str(row["options"]))
        before = "select count(*) from variant where product_id = ? and id <= ?"
        owner = int(number(row["product_id"]))
        item = {name: row[name] for name in (*_OF_ITEM, "harmonizedSystemCode")}
        numbers = {"id": gid("InventoryItem", row_id), "legacyResourceId": str(row_id)}
        flags = {name: bool(row[name]) for name in ("tracked", "requiresShipping")}
        weight = msgspec.json.decode(str(row["weight"]))
        return {
            **_dated(row, "ProductVariant"),
            "price": plain(int(number(row["price_minor"])), self._currency),
            "taxable": bool(row["taxable"]),
            "selectedOptions": options,
            "title": " / ".join(option["value"] for option in options),
            "position": int(self._memory.number(before, owner, row_id)),
            "inventoryItem": {**item, **numbers, **flags, "measurement": {"weight": weight}},
            "product": self._product(owner, whole=False),
        }


def _table(kind: str) -> str:
    return {"Product": "product", "ProductVariant": "variant"}[kind]


def _place(custom: Input) -> tuple[str, str, str]:
    return custom.get("namespace") or _APP, custom["key"], custom["value"]


def _options(given: Input) -> list[dict[str, str]]:
    """The option values of a variant as they are kept: each with the name of its option."""
    rows: Sequence[Input] = given.get("optionValues") or ()
    return [{"name": row.get("optionName") or "Title", "value": row["name"]} for row in rows]


def _dated(row: Mapping[str, object], kind: str) -> Json:
    return {
        **row,
        "id": gid(kind, int(number(row["id"]))),
        "legacyResourceId": str(row["id"]),
        "createdAt": utc(int(number(row["created_s"]))),
        "updatedAt": utc(int(number(row["updated_s"]))),
    }


def _no_product() -> Json:
    error = {"field": ["productId"], "message": "Product does not exist"}
    error["code"] = "PRODUCT_DOES_NOT_EXIST"
    return {"product": None, "productVariants": None, "userErrors": [error]}


def _facts(node: Json) -> dict[str, str | int | None]:
    """What of it a checker may compare."""
    item = cast("dict[str, str | None]", node.get("inventoryItem") or {})
    names = (*_PLAIN, "price", "barcode", "inventoryPolicy")
    codes = ("sku", "countryCodeOfOrigin", "harmonizedSystemCode") if item else ()
    return {
        **{name: cast("str | None", node[name]) for name in names if name in node},
        **{name: item[name] for name in codes},
        **({"weight": msgspec.json.encode(item["measurement"]).decode()} if item else {}),
    }
