"""A project folder's tables, written as TOML: what is read of them is what was given."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Final, cast

_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_WIDTH: Final = 100


def table(
    name: str, values: Mapping[str, object], purposes: Mapping[str, str] | None = None
) -> str:
    """The table of this name ("" for the file itself); `purposes` says of a key what it is for."""
    lines = [f"[{name}]"] if name else []
    for key, content in values.items():
        lines += _comment((purposes or {}).get(key, ""))
        lines.append(f"{_key(key)} = {value(content)}")
    return "\n".join(lines) + "\n"


def value(content: object) -> str:
    """One value: a text, a number, whether, a list, or a table within its line."""
    if isinstance(content, bool):
        return "true" if content else "false"
    if isinstance(content, str):
        return json.dumps(content, ensure_ascii=False)
    if isinstance(content, Mapping):
        rows = cast("Mapping[str, object]", content)
        inside = ", ".join(f"{_key(key)} = {value(inner)}" for key, inner in rows.items())
        return f"{{ {inside} }}"
    if isinstance(content, list | tuple):
        return f"[{', '.join(map(value, cast('Sequence[object]', content)))}]"
    return str(content)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ")
