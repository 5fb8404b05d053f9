"""Is this a query that Shopify would accept? Parsed and validated against the twin's schema.

graphql-core does the judging; the schema is a proven subset of the vendor's. Judged texts are
kept, since a connector sends the same few over and over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import msgspec
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValidationRule,
    build_schema,
    get_variable_values,
    parse,
    specified_rules,
    validate,
)
from graphql.execution.values import VariableValues

from counterfoil.twins.shopify.graphql.problem import Refused

SCHEMA: Final[GraphQLSchema] = build_schema(
    (files("counterfoil.twins.shopify") / "schema.graphql").read_text("utf-8")
)
_UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")
_UNKNOWN_ARGUMENT = re.compile(r"Unknown argument '(\w+)' on field '(\w+)\.(\w+)'")


class _SomethingIsAsked(ValidationRule):
    """Empty braces are a syntax error to the vendor; graphql-core lets them pass."""

    def enter_selection_set(self, node: SelectionSetNode, *_: object) -> None:
        if not node.selections:
            self.report_error(GraphQLError('syntax error, unexpected RCURLY ("}")', node))


_RULES: Final = (*specified_rules, _SomethingIsAsked)


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


@lru_cache(256)
def judge(text: str) -> Judged:
    """Parse and validate a text; never raises."""
    try:
        document = parse(text)
    except GraphQLSyntaxError as error:
        return Judged(None, (Refused(error.message, locations=_locations(error)),))
    problems = tuple(_problem(error) for error in validate(SCHEMA, document, _RULES))
    return Judged(None if problems else document, problems)


def asked(document: DocumentNode, name: str | None, variables: Mapping[str, Any]) -> Asked:
    """The named operation (or the only one). Raises `Refused` where there is none, or where the
    variables do not fit."""
    definitions = document.definitions
    operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
    if name:
        operations = [node for node in operations if node.name and node.name.value == name]
    if len(operations) != 1:
        raise Refused("An operation name is required", code="BAD_REQUEST")
    operation = operations[0]
    values = get_variable_values(SCHEMA, operation.variable_definitions or (), dict(variables))
    if not isinstance(values, VariableValues):
        raise Refused(values[0].message, code="INVALID_VARIABLE", locations=_locations(values[0]))
    return Asked(
        operation=operation,
        fragments={
            node.name.value: node
            for node in definitions
            if isinstance(node, FragmentDefinitionNode)
        },
        variables=values,
    )


def _locations(error: GraphQLError) -> list[tuple[int, int]]:
    return [(place.line, place.column) for place in error.locations or ()]


def _problem(error: GraphQLError) -> Refused:
    """A validation error in the vendor's words, where its words are known."""
    where = _locations(error)
    if found := _UNKNOWN_FIELD.match(error.message):
        field, owner = found.groups()
        return Refused(
            f"Field '{field}' doesn't exist on type '{owner}'",
            code="undefinedField",
            locations=where,
            typeName=owner,
            fieldName=field,
        )
    if found := _UNKNOWN_ARGUMENT.match(error.message):
        argument, owner, field = found.groups()
        return Refused(
            f"Field '{field}' doesn't accept argument '{argument}'",
            code="argumentNotAccepted",
            locations=where,
            name=field,
            typeName="Field",
            argumentName=argument,
        )
    return Refused(error.message, locations=where)
