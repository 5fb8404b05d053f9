"""What a valid query asks for, as a tree: aliases, fragments, variables and directives resolved.

The tree is what gets priced (`cost.py`) and walked (`answer.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLDirective,
    GraphQLIncludeDirective,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    get_argument_values,
    get_directive_values,
    is_abstract_type,
)

from counterfoil.twins.shopify.graphql.document import SCHEMA, Asked
from counterfoil.twins.shopify.graphql.problem import Refused

_IDEMPOTENT = next(one for one in SCHEMA.directives if one.name == "idempotent")


@dataclass(slots=True, eq=False)
class Selected:
    """One field that is asked for. `owner` and `returns` are names of types; a leaf is no object.

    Where it may be one of several types (`kinds` then say what is asked of each), `family` is what
    they are together, and `children` those of the dearest. `most` is how many items the connection
    gave at most, for the actual price of an answer.
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
    family: str = ""
    kinds: Mapping[str, tuple[Selected, ...]] = field(default_factory=dict[str, Any])
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
            self._gather(owner, each, grouped)
        return tuple(self._field(owner, key, nodes) for key, nodes in grouped.items())

    def _gather(
        self,
        owner: GraphQLObjectType,
        selections: SelectionSetNode,
        grouped: dict[str, list[FieldNode]],
    ) -> None:
        for node in selections.selections:
            if self._left_out(node):
                continue
            if isinstance(node, FieldNode):
                key = (node.alias or node.name).value
                grouped.setdefault(key, []).append(node)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._asked.fragments[node.name.value]
                if _holds(owner, fragment.type_condition.name.value):
                    self._gather(owner, fragment.selection_set, grouped)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                if condition is None or _holds(owner, condition.name.value):
                    self._gather(owner, node.selection_set, grouped)

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
        named = _of(written.strip("[]!"))
        sets = [node.selection_set for node in nodes if node.selection_set]
        kinds = {each.name: self.fields(each, sets) for each in _concrete(named)}
        dearest = max(kinds, key=lambda kind: len(kinds[kind]), default=named.name)
        return Selected(
            key=key,
            name=name,
            owner=owner.name,
            returns=dearest,
            leaf=not kinds,
            listed=written.startswith("["),
            nullable=not written.endswith("!"),
            arguments=get_argument_values(definition, nodes[0], self._asked.variables),
            children=kinds.get(dearest, ()),
            idempotency_key=self._directive(_IDEMPOTENT, nodes[0]).get("key"),
            family=named.name if is_abstract_type(named) else "",
            kinds=kinds if is_abstract_type(named) else {},
        )


@cache
def _of(name: str) -> GraphQLNamedType:
    """The type of that name."""
    named = SCHEMA.get_type(name)
    assert named is not None
    return named


def _concrete(named: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
    """The types that a value can be of; a leaf has none."""
    if isinstance(named, GraphQLObjectType):
        return (named,)
    return SCHEMA.get_possible_types(named) if is_abstract_type(named) else ()


@cache
def _holds(owner: GraphQLObjectType, condition: str) -> bool:
    """Whether an object of a type is what a fragment asks about."""
    named = _of(condition)
    if isinstance(named, GraphQLObjectType):
        return named is owner
    return is_abstract_type(named) and SCHEMA.is_sub_type(named, owner)
