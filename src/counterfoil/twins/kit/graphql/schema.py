"""Is this a query that the vendor would accept? Parsed and validated against the twin's schema.

graphql-core does the judging; the schema is a proven subset of the vendor's. Judged texts are
kept, since a connector sends the same few over and over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLDirective,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    get_variable_values,
    is_abstract_type,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.values import VariableValues

from counterfoil.twins.kit.graphql.problem import Refused
from counterfoil.twins.kit.graphql.ruby import SomethingIsAsked, locations, worded

Resolver = Callable[[Any], object]
"""Takes a field from its source. An object's value is the source of its own fields; a connection's
is the list of its items."""
Resolvers = Callable[[str, str, Mapping[str, Any]], Resolver | None]
"""The resolver of a type's field, as its arguments ask; None where the root answers it."""

_RULES: Final = (*specified_rules, SomethingIsAsked)


class Judged(msgspec.Struct, frozen=True):
    """A document that may be run, or the reasons why it may not."""

    document: DocumentNode | None
    problems: tuple[Refused, ...] = ()


class Asked(msgspec.Struct, frozen=True):
    """One operation of a valid document, with its variables in the schema's types."""

    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues

    @property
    def writes(self) -> bool:
        """Whether it is a mutation."""
        return self.operation.operation is OperationType.MUTATION


class Schema:
    """The types that a twin serves, and where their fields come from.

    `kinds` says of each type that is one of several which one a source is. The values of the types
    `at_once` are spelt as JSON as soon as they are read (a page of large objects is kept half as
    long), those of `again` also once a request, since the same come back again and again.
    """

    def __init__(
        self,
        sdl: str,
        resolver: Resolvers,
        kinds: Mapping[str, Callable[[Any], str]],
        *,
        at_once: frozenset[str] = frozenset(),
        again: frozenset[str] = frozenset(),
    ) -> None:
        self.types = build_schema(sdl)
        self.resolver = resolver
        self.kinds = kinds
        self.at_once = at_once
        self.again = again
        self.judge = lru_cache(256)(self._judged)
        self.holds = lru_cache(None)(self._holds)

    def _judged(self, text: str) -> Judged:
        """Parse and validate a text; never raises."""
        try:
            document = parse(text)
        except GraphQLSyntaxError as error:
            return Judged(None, (Refused(error.message, locations=locations(error)),))
        problems = tuple(worded(error) for error in validate(self.types, document, _RULES))
        return Judged(None if problems else document, problems)

    def asked(
        self, document: DocumentNode, name: str | None, variables: Mapping[str, Any]
    ) -> Asked:
        """The named operation (or the only one). Raises `Refused` where there is none, or where
        the variables do not fit."""
        definitions = document.definitions
        operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
        if name:
            operations = [node for node in operations if node.name and node.name.value == name]
        if len(operations) != 1:
            raise Refused("An operation name is required", code="BAD_REQUEST")
        (operation,) = operations
        defined = operation.variable_definitions or ()
        values = get_variable_values(self.types, defined, dict(variables))
        if not isinstance(values, VariableValues):
            problem = values[0]
            raise Refused(problem.message, code="INVALID_VARIABLE", locations=locations(problem))
        fragments = (node for node in definitions if isinstance(node, FragmentDefinitionNode))
        return Asked(operation, {node.name.value: node for node in fragments}, values)

    def named(self, name: str) -> GraphQLNamedType:
        """The type of that name."""
        named = self.types.get_type(name)
        assert named is not None
        return named

    def directive(self, name: str) -> GraphQLDirective | None:
        """The directive of that name, where the vendor has it."""
        return self.types.get_directive(name)

    def concrete(self, named: GraphQLNamedType) -> tuple[GraphQLObjectType, ...]:
        """The types that a value can be of; a leaf has none."""
        if isinstance(named, GraphQLObjectType):
            return (named,)
        return tuple(self.types.get_possible_types(named)) if is_abstract_type(named) else ()

    def _holds(self, owner: GraphQLObjectType, condition: str) -> bool:
        """Whether an object of a type is what a fragment asks about."""
        return owner in self.concrete(self.named(condition))
