"""Rules: what validation asks of a document, graphql-core's own rules and what they overlook."""

from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    OperationDefinitionNode,
    ValidationRule,
    is_non_null_type,
    is_nullable_type,
    specified_rules,
    type_from_ast,
)


class OneOfVariablesRule(ValidationRule):
    """A variable in a oneOf input is never null; graphql-core asks it of inputs that may be null alone."""

    def leave_operation_definition(self, operation: OperationDefinitionNode, *_: Any) -> None:
        """Reports each such variable of the operation and of its fragments."""
        declared = {node.variable.name.value: node for node in operation.variable_definitions or ()}
        for usage in self.context.get_recursive_variable_usages(operation):
            definition = declared.get(usage.node.name.value)
            if definition is None or not is_non_null_type(usage.parent_type):
                continue
            parent = usage.parent_type.of_type
            given = type_from_ast(self.context.schema, definition.type)
            if (
                isinstance(parent, GraphQLInputObjectType)
                and parent.is_one_of
                and is_nullable_type(given)
            ):
                message = (
                    f"Variable '${usage.node.name.value}' is of type '{given}' but must be "
                    f"non-nullable to be used for OneOf Input Object '{parent}'."
                )
                self.report_error(GraphQLError(message, [definition, usage.node]))


RULES = (*specified_rules, OneOfVariablesRule)
