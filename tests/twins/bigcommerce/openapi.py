"""The vendor's published schemas, read as far as these tests need it: the YAML of one OpenAPI file
(block mappings and sequences, plain and quoted scalars, block texts), and what a value breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_PAIR = re.compile(r"""('[^']*'|"[^"]*"|[^\s'"#][^:#]*?)\s*:(?:\s+(.*))?$""")
_KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
}


def loaded(text: str) -> Any:
    """The document as plain values."""
    rows = [(len(row) - len(row.lstrip(" ")), row.strip()) for row in text.splitlines()]
    value, rest = _block(rows, 0)
    assert rest == len(rows), rows[rest]
    return value


def _block(rows: list[tuple[int, str]], at: int) -> tuple[Any, int]:
    at = _next(rows, at)
    if at == len(rows):
        return None, at
    indent = rows[at][0]
    listed = rows[at][1].startswith("- ") or rows[at][1] == "-"
    found: Any = [] if listed else {}
    while at < len(rows) and rows[at][0] == indent:
        if listed != rows[at][1].startswith("-"):
            break
        at = _entry(rows, at, found) if listed else _pair(rows, at, found)
        at = _next(rows, at)
    return found, at


def _entry(rows: list[tuple[int, str]], at: int, found: list[Any]) -> int:
    indent, row = rows[at]
    inside = row[1:].strip()
    if _PAIR.match(inside) and not inside.startswith(("'", '"')):
        offset = len(row) - len(row[1:].lstrip())
        rows[at] = (indent + offset, inside)
        value, at = _block(rows, at)
    elif inside:
        value, at = _scalar(inside), at + 1
    else:
        value, at = _block(rows, at + 1)
    found.append(value)
    return at


def _pair(rows: list[tuple[int, str]], at: int, found: dict[str, Any]) -> int:
    indent, row = rows[at]
    match = _PAIR.match(row)
    assert match, row
    key, rest = str(_scalar(match[1])), (match[2] or "").strip()
    if rest and rest[0] in "|>":
        at += 1
        while at < len(rows) and (not rows[at][1] or rows[at][0] > indent):
            at += 1
        found[key] = "(a text)"
        return at
    if rest:
        found[key] = _scalar(rest)
        at += 1
        while at < len(rows) and rows[at][1] and rows[at][0] > indent:
            at += 1  # a plain text that goes on
        return at
    below = _next(rows, at + 1)
    deeper = below < len(rows) and (
        rows[below][0] > indent or (rows[below][0] == indent and rows[below][1].startswith("- "))
    )
    found[key], at = _block(rows, below) if deeper else (None, at + 1)
    return at


def _next(rows: list[tuple[int, str]], at: int) -> int:
    while at < len(rows) and (not rows[at][1] or rows[at][1].startswith("#")):
        at += 1
    return at


def _scalar(text: str) -> Any:
    if text[0] in "'\"":
        return text[1:-1]
    plain: dict[str, Any] = {"true": True, "false": False, "null": None, "[]": [], "{}": {}}
    if text in plain:
        return plain[text]
    if text[0] == "[":
        return [_scalar(part.strip()) for part in text[1:-1].split(",")]
    try:
        return int(text)
    except ValueError:
        return text


def broken(value: Any, schema: Any, schemas: dict[str, Any], path: str = "") -> Iterator[str]:
    """Where a value is not what its schema says, and members that the schema does not know."""
    merged = whole(schema, schemas)
    choices = merged.get("oneOf") or merged.get("anyOf")
    if choices:
        if all(list(broken(value, choice, schemas, path)) for choice in choices):
            yield f"{path}: {value!r} is none of its kinds"
        return
    kind = merged.get("type") or ("object" if "properties" in merged else None)
    if value is None and merged.get("nullable"):
        return
    if kind and (
        not isinstance(value, _KINDS[kind]) or (isinstance(value, bool) and kind != "boolean")
    ):
        yield f"{path}: {value!r} is no {kind}"
        return
    if "enum" in merged and value not in merged["enum"]:
        yield f"{path}: {value!r} is not in the list"
    if isinstance(value, dict):
        known = merged.get("properties") or {}
        for name, inside in value.items():
            if name in known:
                yield from broken(inside, known[name], schemas, f"{path}.{name}")
            elif known:
                yield f"{path}.{name}: unknown"
        yield from (
            f"{path}.{name}: missing" for name in merged.get("required", ()) if name not in value
        )
    if isinstance(value, list):
        for inside in value:
            yield from broken(inside, merged.get("items") or {}, schemas, f"{path}[]")


def whole(schema: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """A schema with what it refers to and what it is made of laid into one."""
    if "$ref" in schema:
        return whole(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    merged = {name: part for name, part in schema.items() if name != "allOf"}
    for part in schema.get("allOf", ()):
        for name, found in whole(part, schemas).items():
            if name == "properties":
                merged["properties"] = {**found, **(merged.get("properties") or {})}
            else:
                merged.setdefault(name, found)
    return merged
