"""General rooms know no document and no vendor: neither in their code nor in what they say.

A word counts where it stands as a name, or as a part of one (`order_source`), as a whole text
("order"), or in a sentence as a noun. English has an order of its own, which counts nowhere: what
is "in order", or done "in the order of" something, names no document.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import counterfoil
from counterfoil.app import registry
from counterfoil.model.words import TITLES, WORDS

HOUSE = Path(counterfoil.__file__).parent
GENERAL = ("app.py", "config", "flows", "govern", "kit", "ledger", "store", "surfaces")
OF_THE_WORDS = {HOUSE / "flows" / "rulebook.py"} | {
    HOUSE / "flows" / f"{word}.{kind}" for word in WORDS for kind in ("py", "toml")
}
"""The list of the rules, and of each word the file that has them."""

VENDORS = sorted(name for name in registry().names() if registry().get(name).manifest.hosts)
"""A folder of files is nobody's."""
VENDORS_MAY_STAND = ("connectors", "rehearse", "twins")
THE_ONE_LIST = {HOUSE / "app.py": ("registry", "<imports>")}
"""Where the connectors that are shipped are named, and only there."""

_PLURALS = {*WORDS, *(f"{word}s" for word in WORDS), *(one.many for one in TITLES.values())}
_NOUN = re.compile(rf"\b(?:{'|'.join(sorted(_PLURALS, key=len, reverse=True))})\b", re.IGNORECASE)
_ENGLISH = re.compile(
    r"\bin (?:(?:the|their|alphabetical|what) )?order\b(?!')|\border (?:by|of|in which)\b"
    r"|^order, fixed\b|\bstock codes?\b",
    re.IGNORECASE | re.MULTILINE,
)
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
APART = {
    "flows/house.py": ("stock", "What the house keeps and gives: the one list of its words."),
    "flows/levels.py": ("stock", "What is delivered into the house and stands there is stock."),
    "flows/pools.py": ("stock", "Pools are of stock, and are listed from the house as stock."),
    "flows/oversell.py": ("customer", "Customers buy: the people, and no document."),
    "surfaces/api/v1/reconcile.py": (
        "order",
        "The addresses at which payouts are held against them.",
    ),
    "surfaces/api/v1/registry.py": ("stock", "The list of the files of addresses."),
    "surfaces/api/v1/stock.py": ("stock", "The addresses at which stock is asked for."),
    "surfaces/cli/demo.py": ("order", "The door of the rehearsal, which plays a trade of orders."),
    "surfaces/cli/main.py": ("customer|stock", "A person who is sought, and a command's name."),
    "surfaces/cli/stock.py": (
        "stock|customer",
        "The command that asks of stock.",
    ),
    "surfaces/desk/registry.py": (
        "stock",
        "The list of the desk's files.",
    ),
    "surfaces/cli/tradeoff.py": ("stock", "The command is called by its words."),
    "surfaces/desk/stock.py": ("stock", "The questions that are asked of stock."),
    "surfaces/cli/reconcile.py": (
        "order|settlement",
        "The command that holds payouts against orders.",
    ),
    "surfaces/desk/reconcile.py": (
        "order|refund|settlement",
        "The question in which payouts are held against orders and what went back of them.",
    ),
    "surfaces/cli/search.py": ("customer", "A customer is sought: the person, and no document."),
    "surfaces/desk/people.py": ("customer", "A customer is sought: the person, and no document."),
    "surfaces/desk/search.py": ("customer", "A customer is sought: the person, and no document."),
}
"""A word that a file may say, and why."""

_PATHS_OF_OTHERS = {"_NAMED", "_PERSON", "_FACT"}
"""Patterns for the member names of other systems' answers: their words, and not ours."""


def files(*kinds: str) -> list[Path]:
    found = [HOUSE / room for room in GENERAL if (HOUSE / room).is_file()]
    found += [path for room in GENERAL for path in sorted((HOUSE / room).rglob("*"))]
    return [path for path in found if path.suffix in kinds and path not in OF_THE_WORDS]


def names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name that a module gives or uses."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Name):
            yield line, node.id
        elif isinstance(node, ast.Attribute):
            yield line, node.attr
        elif isinstance(node, ast.arg):
            yield line, node.arg
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.value.lineno, node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield line, node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None) or ""
            yield from ((line, part) for part in module.split("."))
            yield from ((line, part) for one in node.names for part in one.name.split("."))


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every text of a module; its patterns for other systems' members aside."""
    apart = {
        id(text)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        if {one.id for one in node.targets if isinstance(one, ast.Name)} & _PATHS_OF_OTHERS
        for text in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart:
            yield node.lineno, node.value


def named(name: str) -> bool:
    """Whether a name is a document's word, or has one in it."""
    return bool({part.lower() for part in _PARTS.findall(name)} & _PLURALS)


def said(text: str) -> bool:
    """Whether a text names a document."""
    return bool(_NOUN.search(_ENGLISH.sub("", text)))


@pytest.mark.parametrize(
    "text",
    [
        "Order #1042 was sent.", "the order", "order", "orders.toml", "Correct the refund.",
        "in the order's file", "an order by hand of the shop's orders",
    ],
)  # fmt: skip
def test_a_text_that_names_a_document_is_found(text: str) -> None:
    assert said(text)


@pytest.mark.parametrize(
    "text",
    [
        "The manifest is not in order.", "select id from page order by id", "in alphabetical order",
        "in the order of its keys", "They border on nothing.", "recorded", "reordered",
    ],
)  # fmt: skip
def test_plain_english_is_not(text: str) -> None:
    assert not said(text)


def test_names_are_taken_apart() -> None:
    assert named("order_source")
    assert named("OrderSource")
    assert named("ORDERS")
    assert not named("border")
    assert not named("ordered")


@pytest.mark.parametrize("path", files(".py"), ids=lambda path: str(path.relative_to(HOUSE)))
def test_no_general_module_names_a_document(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    lets, _ = APART.get(str(path.relative_to(HOUSE)), ("", ""))
    let = re.compile(rf"{lets}s?" if lets else "(?!)", re.IGNORECASE)
    found = [f"{line}: {name}" for line, name in names(tree) if named(let.sub("", name))]
    found += [
        f"{line}: {text.strip()[:80]}" for line, text in texts(tree) if said(let.sub("", text))
    ]
    assert found == []


def test_what_is_set_apart_has_its_reason() -> None:
    for path, (_, why) in APART.items():
        assert (HOUSE / path).is_file()
        assert why.endswith(".")


@pytest.mark.parametrize(
    "path", files(".sql", ".toml", ".txt"), ids=lambda path: str(path.relative_to(HOUSE))
)
def test_no_other_file_of_a_general_room_does(path: Path) -> None:
    lines = enumerate(path.read_text("utf-8").splitlines(), 1)
    assert [f"{at}: {text}" for at, text in lines if said(text)] == []


def test_the_rooms_are_there_and_are_read() -> None:
    assert {path.relative_to(HOUSE).parts[0] for path in files(".py")} == {*GENERAL}
    assert all((HOUSE / "flows" / name).exists() for name in ("rulebook.py", "order.py"))


def test_vendors_are_named_in_their_own_folders_only() -> None:
    vendor = re.compile("|".join([*VENDORS, "bigcommerce"]), re.IGNORECASE)
    found: list[str] = []
    for path in sorted(HOUSE.rglob("*")):
        room = path.relative_to(HOUSE).parts[0]
        if path.suffix not in (".py", ".sql", ".toml", ".txt") or room in VENDORS_MAY_STAND:
            continue
        lines = path.read_text("utf-8").splitlines()
        may = set(_the_list(path))
        found += [
            f"{path.relative_to(HOUSE)}:{at}: {text.strip()}"
            for at, text in enumerate(lines, 1)
            if vendor.search(text) and at not in may
        ]
    assert found == []


def _the_list(path: Path) -> Iterator[int]:
    """The lines of a file on which the shipped connectors are imported and listed."""
    parts = THE_ONE_LIST.get(path, ())
    for node in ast.parse(path.read_text("utf-8")).body if parts else ():
        imports = isinstance(node, ast.ImportFrom) and node.module == "counterfoil.connectors"
        if imports or getattr(node, "name", "") in parts:
            yield from range(node.lineno, (node.end_lineno or node.lineno) + 1)
