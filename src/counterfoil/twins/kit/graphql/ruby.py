"""How graphql-ruby words what it refuses: the library that several vendors serve GraphQL with."""

from __future__ import annotations

import re

from graphql import GraphQLError, SelectionSetNode, ValidationRule

from counterfoil.twins.kit.graphql.problem import Refused

_UNKNOWN_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")
_UNKNOWN_ARGUMENT = re.compile(r"Unknown argument '(\w+)' on field '(\w+)\.(\w+)'")


class SomethingIsAsked(ValidationRule):
    """Empty braces are a syntax error to graphql-ruby; graphql-core lets them pass."""

    def enter_selection_set(self, node: SelectionSetNode, *_: object) -> None:
        if not node.selections:
            self.report_error(GraphQLError('syntax error, unexpected RCURLY ("}")', node))


def locations(error: GraphQLError) -> list[tuple[int, int]]:
    """Where in the query: lines and columns."""
    return [(place.line, place.column) for place in error.locations or ()]


def worded(error: GraphQLError) -> Refused:
    """An error of graphql-core in the words of graphql-ruby, where those are known."""
    where = locations(error)
    if unknown := _UNKNOWN_FIELD.match(error.message):
        field, owner = unknown.groups()
        return Refused(
            f"Field '{field}' doesn't exist on type '{owner}'",
            code="undefinedField",
            locations=where,
            typeName=owner,
            fieldName=field,
        )
    if unknown := _UNKNOWN_ARGUMENT.match(error.message):
        argument, owner, field = unknown.groups()
        return Refused(
            f"Field '{field}' doesn't accept argument '{argument}'",
            code="argumentNotAccepted",
            locations=where,
            name=field,
            typeName="Field",
            argumentName=argument,
        )
    return Refused(error.message, locations=where)
