"""What a valid query asks for, as a tree: aliases, fragments, variables and directives resolved.

The tree is what gets priced (`cost.py`) and walked (`answer.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLDirective,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    get_argument_values,
    get_directive_values,
)

from counterfoil.twins.shopify.document import SCHEMA, Asked
from counterfoil.twins.shopify.problem import Refused

_IDEMPOTENT = next(one for one in SCHEMA.directives if one.name == "idempotent")


@dataclass(slots=True, eq=False)
class Selected:
    """One field that is asked for. `owner` and `returns` are names of types; a leaf is no object.

    `most` is how many items the connection gave at most, for the actual price of an answer.
    """

    key: str
    name: str
    owner: str
    returns: str
    leaf: bool
    listed: bool
    nullable: bool
    arguments: dict[str, Any]
    children: tuple[Selected, ...]
    idempotency_key: str | None = None
    most: int = field(default=0)

    @property
    def connection(self) -> bool:
        """A Relay connection."""
        return self.returns.endswith("Connection")

    def child(self, *names: str) -> Selected | None:
        """The first field of that name below, one name a level."""
        at: Selected | None = self
        for name in names:
            at = next((below for below in at.children if below.name == name), None) if at else None
        return at

    def node(self) -> tuple[Selected, ...]:
        """What a connection asks of each of its items, by `nodes` and by `edges`."""
        found = (self.child("nodes"), self.child("edges", "node"))
        return tuple(at for at in found if at is not None)


def selected(asked: Asked) -> tuple[Selected, ...]:
    """The root fields of an operation."""
    root = SCHEMA.get_root_type(asked.operation.operation)
    assert root is not None
    return _Reader(asked).fields(root, [asked.operation.selection_set])


class _Reader:
    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def fields(
        self, owner: GraphQLObjectType, sets: Sequence[SelectionSetNode]
    ) -> tuple[Selected, ...]:
        grouped: dict[str, list[FieldNode]] = {}
        for each in sets:
            self._gather(each, grouped)
        return tuple(self._field(owner, key, nodes) for key, nodes in grouped.items())

    def _gather(self, selections: SelectionSetNode, grouped: dict[str, list[FieldNode]]) -> None:
        # A type condition always holds: each abstract type that a field of this schema returns
        # has one concrete type, and validation has refused conditions that can never hold.
        for node in selections.selections:
            if self._left_out(node):
                continue
            if isinstance(node, FieldNode):
                key = (node.alias or node.name).value
                grouped.setdefault(key, []).append(node)
            elif isinstance(node, FragmentSpreadNode):
                self._gather(self._asked.fragments[node.name.value].selection_set, grouped)
            elif isinstance(node, InlineFragmentNode):
                self._gather(node.selection_set, grouped)

    def _left_out(self, node: SelectionNode) -> bool:
        skip = self._directive(GraphQLSkipDirective, node)
        include = self._directive(GraphQLIncludeDirective, node)
        return skip.get("if", False) or not include.get("if", True)

    def _directive(self, directive: GraphQLDirective, node: SelectionNode) -> dict[str, Any]:
        if not node.directives:
            return {}
        return get_directive_values(directive, node, self._asked.variables) or {}

    def _field(self, owner: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Selected:
        name = nodes[0].name.value
        if name == "__typename":
            return Selected(key, name, owner.name, "String", True, False, False, {}, ())
        if name.startswith("__"):
            raise Refused("This twin does not serve introspection.", path=(key,))
        definition = owner.fields[name]
        written = str(definition.type)  # such as [LineItem!]!
        named = _concrete(written.strip("[]!"))
        sets = [node.selection_set for node in nodes if node.selection_set]
        return Selected(
            key=key,
            name=name,
            owner=owner.name,
            returns=named.name,
            leaf=not isinstance(named, GraphQLObjectType),
            listed=written.startswith("["),
            nullable=not written.endswith("!"),
            arguments=get_argument_values(definition, nodes[0], self._asked.variables),
            children=self.fields(named, sets) if isinstance(named, GraphQLObjectType) else (),
            idempotency_key=self._directive(_IDEMPOTENT, nodes[0]).get("key"),
        )


@cache
def _concrete(name: str) -> GraphQLNamedType:
    """The type of that name, or the one type behind an interface."""
    named = SCHEMA.get_type(name)
    assert named is not None
    return SCHEMA.get_possible_types(named)[0] if isinstance(named, GraphQLInterfaceType) else named
