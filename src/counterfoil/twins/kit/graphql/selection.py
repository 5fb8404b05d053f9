"""What a valid query asks for, as a tree: aliases, fragments, variables and directives resolved.

The tree is what a vendor prices, and what `answer.py` walks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLDirective,
    GraphQLIncludeDirective,
    GraphQLObjectType,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    get_argument_values,
    get_directive_values,
    is_abstract_type,
)

from counterfoil.twins.kit.graphql.problem import Refused
from counterfoil.twins.kit.graphql.schema import Asked, Resolver, Schema


class Numbered(Protocol):
    """An item of a connection: pages are cut by its own number."""

    @property
    def id(self) -> int:
        """The number."""
        ...


@dataclass(slots=True, eq=False)
class Selected:
    """One field that is asked for. `owner` and `returns` are names of types; a leaf is no object.

    Where it may be one of several types (`kinds` then say what is asked of each), `family` is what
    they are together, `children` those of the dearest, and `kind_of` tells which one a source is.
    `resolve` takes the value from its source; the root's own fields have none. `most` is how many
    items the connection gave at most, for the actual price of an answer.
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
    resolve: Resolver | None = None
    idempotency_key: str | None = None
    family: str = ""
    kinds: Mapping[str, tuple[Selected, ...]] = field(default_factory=dict[str, Any])
    kind_of: Callable[[Any], str] | None = None
    at_once: bool = False
    again: bool = False
    most: int = field(default=0)

    @property
    def connection(self) -> bool:
        """A Relay connection."""
        return self.returns.endswith("Connection")

    def child(self, *names: str) -> Selected | None:
        """The first field of that name below, one name a level."""
        node: Selected | None = self
        for name in names:
            children = node.children if node else ()
            node = next((child for child in children if child.name == name), None)
        return node

    def node(self) -> tuple[Selected, ...]:
        """What a connection asks of each of its items, by `nodes` and by `edges`."""
        nodes = (self.child("nodes"), self.child("edges", "node"))
        return tuple(node for node in nodes if node is not None)

    def items(self) -> Callable[[object], Sequence[Numbered]]:
        """The function from a source to every item of a connection."""
        assert self.resolve is not None
        return cast("Callable[[object], Sequence[Numbered]]", self.resolve)


def selected(schema: Schema, asked: Asked) -> tuple[Selected, ...]:
    """The root fields of an operation."""
    root = schema.types.get_root_type(asked.operation.operation)
    assert root is not None
    return _Reader(schema, asked).fields(root, [asked.operation.selection_set])


class _Reader:
    def __init__(self, schema: Schema, asked: Asked) -> None:
        self._schema = schema
        self._asked = asked
        self._idempotent = schema.directive("idempotent")

    def fields(
        self, owner: GraphQLObjectType, sets: Sequence[SelectionSetNode]
    ) -> tuple[Selected, ...]:
        grouped: dict[str, list[FieldNode]] = {}
        for selections in sets:
            self._gather(owner, selections, grouped)
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
                if self._schema.holds(owner, fragment.type_condition.name.value):
                    self._gather(owner, fragment.selection_set, grouped)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                if condition is None or self._schema.holds(owner, condition.name.value):
                    self._gather(owner, node.selection_set, grouped)

    def _left_out(self, node: SelectionNode) -> bool:
        skip = self._directive(GraphQLSkipDirective, node)
        include = self._directive(GraphQLIncludeDirective, node)
        return skip.get("if", False) or not include.get("if", True)

    def _directive(self, directive: GraphQLDirective | None, node: SelectionNode) -> dict[str, Any]:
        if directive is None or not node.directives:
            return {}
        return get_directive_values(directive, node, self._asked.variables) or {}

    def _field(self, owner: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Selected:
        name = nodes[0].name.value
        if name == "__typename":
            return Selected(key, name, owner.name, "String", True, False, False, {}, ())
        if name.startswith("__"):
            raise Refused("This twin does not serve introspection.", path=(key,))
        schema, definition = self._schema, owner.fields[name]
        written = str(definition.type)  # such as [LineItem!]!
        named = schema.named(written.strip("[]!"))
        sets = [node.selection_set for node in nodes if node.selection_set]
        kinds = {kind.name: self.fields(kind, sets) for kind in schema.concrete(named)}
        dearest = max(kinds, key=lambda kind: len(kinds[kind]), default=named.name)
        several = is_abstract_type(named)
        arguments = get_argument_values(definition, nodes[0], self._asked.variables)
        return Selected(
            key=key,
            name=name,
            owner=owner.name,
            returns=dearest,
            leaf=not kinds,
            listed=written.startswith("["),
            nullable=not written.endswith("!"),
            arguments=arguments,
            children=kinds.get(dearest, ()),
            resolve=schema.resolver(owner.name, name, arguments),
            idempotency_key=self._directive(self._idempotent, nodes[0]).get("key"),
            family=named.name if several else "",
            kinds=kinds if several else {},
            kind_of=schema.kinds.get(named.name),
            at_once=dearest in schema.at_once,
            again=dearest in schema.again,
        )
