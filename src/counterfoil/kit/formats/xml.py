"""The door for XML from outside: plain elements, texts and attributes, or a refusal.

What other parsers let pass is refused here: a document type (with it entities that name a file of
ours, or grow to gigabytes), another encoding than UTF-8, nesting without end, more bytes or more
elements than the house has room for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import msgspec

from counterfoil.values.errors import Refuse

MOST_BYTES = 64 * 1024 * 1024
MOST_ELEMENTS = 1_000_000
DEEPEST = 64
_MOST_ATTRIBUTES = 256
_CANNOT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_KEPT = {"\r": "&#13;"}  # a parser takes it for the end of a line otherwise
_BETWEEN = "}"  # stands between a name and its namespace, and in neither of them


class Element(msgspec.Struct):
    """One element: its local name, its namespace, its own text and what is inside it.

    `text` is every piece of text directly inside it, joined as it was sent.
    """

    name: str
    namespace: str = ""
    attributes: Mapping[str, str] = {}
    text: str = ""
    children: list[Element] = []

    def child(self, name: str) -> Element | None:
        """The first element inside it with this local name."""
        return next(self.each(name), None)

    def each(self, name: str) -> Iterator[Element]:
        """Every element inside it with this local name."""
        return (child for child in self.children if child.name == name)

    def said(self, *path: str) -> str:
        """The text at a path of local names without the white space around it; empty where there
        is no such place."""
        place: Element | None = self
        for name in path:
            place = place.child(name) if place is not None else None
        return place.text.strip() if place is not None else ""


def parse(body: bytes, *, what: str = "The body", most_bytes: int = MOST_BYTES) -> Element:
    """The root element of `body`. Raises `Refuse` (code "bad-xml") with what is wrong."""
    if len(body) > most_bytes:
        raise _refusal(what, f"has {len(body):,} bytes; at most {most_bytes:,} are read")
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise _refusal(what, f"is not UTF-8 ({error.reason})") from None
    builder = _Builder(what)
    try:
        builder.parser.Parse(body, True)
    except expat.ExpatError as error:
        raise _refusal(what, f"is not XML: {expat.ErrorString(error.code)}") from None
    return builder.root


def encode(element: Element) -> str:
    """An element as text, without a declaration; its namespace is written where it changes.

    Raises `Refuse` (code "bad-text") for a sign that no XML can carry, such as a NUL.
    """
    return "".join(_written(element, ""))


def _written(element: Element, around: str) -> Iterator[str]:
    names = dict(element.attributes)
    if element.namespace != around:
        names["xmlns"] = element.namespace
    attributes = "".join(f" {name}={quoteattr(_can(text))}" for name, text in names.items())
    yield f"<{element.name}{attributes}>{escape(_can(element.text), _KEPT)}"
    for child in element.children:
        yield from _written(child, element.namespace)
    yield f"</{element.name}>"


def _can(text: str) -> str:
    if _CANNOT.search(text):
        raise Refuse(
            "A text has a sign in it that XML cannot carry.",
            do="Take it out where the text comes from.",
            code="bad-text",
        )
    return text


class _Builder:
    """Makes elements of what the parser meets, and refuses what must not stand there."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._open: list[Element] = []
        self._texts: list[list[str]] = []
        self._count = 0
        self.root = Element("")
        parser = expat.ParserCreate("utf-8", _BETWEEN)
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declared
        parser.StartDoctypeDeclHandler = self._document_type
        parser.EntityDeclHandler = self._document_type
        parser.StartElementHandler = self._begun
        parser.EndElementHandler = self._ended
        parser.CharacterDataHandler = self._said
        self.parser = parser

    def _declared(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() != "utf-8":
            raise _refusal(self._what, f"says that it is {encoding[:40]}; UTF-8 is read")

    def _document_type(self, *declared: object) -> None:
        raise _refusal(self._what, "has a document type or an entity of its own")

    def _begun(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS:
            raise _refusal(self._what, f"has more than {MOST_ELEMENTS:,} elements")
        if len(self._open) == DEEPEST:
            raise _refusal(self._what, f"is nested more than {DEEPEST} deep")
        if len(attributes) > _MOST_ATTRIBUTES:
            raise _refusal(
                self._what, f"has more than {_MOST_ATTRIBUTES} attributes on one element"
            )
        namespace, _, local = name.rpartition(_BETWEEN)
        plain = {key.rpartition(_BETWEEN)[2]: text for key, text in attributes.items()}
        if len(plain) < len(attributes):
            raise _refusal(self._what, "has the same attribute twice on one element")
        element = Element(local, namespace, plain, children=[])
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)
        self._texts.append([])

    def _ended(self, name: str) -> None:
        self._open.pop().text = "".join(self._texts.pop())

    def _said(self, text: str) -> None:
        self._texts[-1].append(text)


def _refusal(what: str, wrong: str) -> Refuse:
    return Refuse(
        f"{what} {wrong}.", do="Nothing was taken from it; ask the sender.", code="bad-xml"
    )
