"""Conditions in dynamic LINQ, as a lenient service on .NET reads them, made conditions in SQL."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from counterfoil.twins.kit.posted import Refusal
from counterfoil.twins.kit.search import Clause

_TOKEN: Final = re.compile(
    r'\s*(?:(?P<text>"[^"]*")|DateTime\((?P<moment>[\d,\s]+)\)|(?P<number>-?\d+(?:\.\d+)?)'
    r"|\.(?P<method>\w+)\(|(?P<sign>==|!=|>=|<=|>|<|&&|\|\||[()!])"
    r"|\[(?P<bracketed>[^\]]+)\]|(?P<name>\w+))",
    re.IGNORECASE,
)
_METHODS: Final = {
    "equals": "{} = ?",
    "contains": "instr({}, ?) > 0",
    "startswith": "substr({}, 1, length(?1)) = ?1",
    "endswith": "substr({0}, -length(?1)) = ?1",
}
_BETWEEN: Final = {"and": "and", "&&": "and", "or": "or", "||": "or"}
_SIGNS: Final = {"==": "=", "!=": "<>", ">=": ">=", "<=": "<=", ">": ">", "<": "<"}


def where(
    condition: str, columns: Mapping[str, str], moment: Callable[[datetime], float]
) -> Clause:
    """A condition over columns, each of which is an expression in SQL; `moment` makes seconds since
    1970 of a local time. An empty one is true. Raises `Refusal` for what it cannot read."""
    parts, values = list[str](), list[object]()
    tokens = list(_TOKEN.finditer(condition))
    if sum(len(match[0]) for match in tokens) != len(condition.rstrip()):
        raise Refusal("Syntax error in the search clause")
    pending = ""
    for match in tokens:
        kind, text = str(match.lastgroup), str(match[str(match.lastgroup)])
        if kind in ("bracketed", "name") and text.lower() not in _BETWEEN:
            if text not in columns:
                raise Refusal(f"No property or field '{text}' exists")
            parts.append(columns[text])
        elif kind == "method":
            if text.lower() not in _METHODS or not parts:
                raise Refusal(f"No applicable method '{text}' exists")
            pending = _METHODS[text.lower()].format(parts.pop())
            parts.append("(")
        elif kind in ("text", "moment", "number"):
            value = _value(kind, text, moment)
            parts.append(pending.replace("?1", "?") or "?")
            values += [value] * parts[-1].count("?")
            pending = ""
        else:
            parts.append(_SIGNS.get(text) or _BETWEEN.get(text.lower(), text).replace("!", "not "))
    return " ".join(parts), tuple(values)


def _value(kind: str, text: str, moment: Callable[[datetime], float]) -> object:
    if kind == "text":
        return text[1:-1]
    if kind == "number":
        return float(text)
    try:
        digits = ",".join(part.strip().zfill(2) for part in text.split(","))
        return moment(datetime.strptime(digits, "%Y,%m,%d,%H,%M,%S"))  # noqa: DTZ007 (local)
    except ValueError:
        raise Refusal("DateTime is not a date") from None
