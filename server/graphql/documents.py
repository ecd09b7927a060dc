"""Documents: parsed and validated once, kept with the statements compiled for each of their operations."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    validate,
)

from models import tracing
from plans.statements import Statement
from schema.execution import Operation
from server.graphql.errors import (
    OPERATION_RESOLUTION_FAILURE,
    PARSE_FAILED,
    VALIDATION_FAILED,
    RequestRefused,
    refused_document,
)
from server.graphql.limits import CHARACTERS_AT_MOST, TOKENS_AT_MOST, check_limits
from server.graphql.lru import Lru, LruOfTexts
from server.graphql.prices import Price, price_of
from server.graphql.rules import RULES

VALIDATION_ERRORS_AT_MOST = 20
# Parsed, a character takes 100 to 200 bytes, and anyone may send documents.
CHARACTERS_KEPT = 500_000
STATEMENTS_KEPT = 100
CHARACTERS_AT_ONCE = 1_000


@dataclass
class Prepared:
    """A valid operation, and the statements compiled for it so far."""

    operation: Operation
    price: Price
    plans: Lru[Any, Statement] = field(default_factory=lambda: Lru(STATEMENTS_KEPT))


class Documents:
    """The documents that clients sent lately, by their text; only valid ones are kept."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._kept: LruOfTexts[dict[str | None, Prepared]] = LruOfTexts(CHARACTERS_KEPT)

    def __contains__(self, text: str) -> bool:
        """Whether a document is at hand."""
        return text in self._kept

    async def find(self, text: str, operation_name: str | None) -> Prepared:
        """The operation to run. Raises RequestRefused."""
        operations = self._kept.get(text)
        if operations is None:
            operations = self._kept[text] = await self._prepare(text)
        if operation_name is None and len(operations) == 1:
            return next(iter(operations.values()))
        if operation_name is None or operation_name not in operations:
            raise _undetermined(operation_name)
        return operations[operation_name]

    async def _prepare(self, text: str) -> dict[str | None, Prepared]:
        """A long document is prepared beside the event loop, which goes on meanwhile."""
        if len(text) > CHARACTERS_AT_ONCE:
            return await asyncio.to_thread(self._prepared, text)
        return self._prepared(text)

    def _prepared(self, text: str) -> dict[str | None, Prepared]:
        with tracing.span("parse"):
            document = self._parsed(text)
        with tracing.span("validate"):
            check_limits(document)
            errors = validate(self._schema, document, RULES, max_errors=VALIDATION_ERRORS_AT_MOST)
        if errors:
            raise refused_document(errors, VALIDATION_FAILED)
        fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        operations = [
            Operation(self._schema, document, node, fragments)
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode)
        ]
        return {
            operation.node.name.value if operation.node.name else None: Prepared(
                operation, price_of(operation)
            )
            for operation in operations
        }

    def _parsed(self, text: str) -> DocumentNode:
        if len(text) > CHARACTERS_AT_MOST:
            message = f"A document has at most {CHARACTERS_AT_MOST} characters."
            raise RequestRefused(400, message, PARSE_FAILED, of_document=True)
        try:
            return parse(text, max_lexical_tokens=TOKENS_AT_MOST)
        except GraphQLSyntaxError as error:
            raise refused_document([error], PARSE_FAILED) from None
        except (GraphQLError, RecursionError) as error:
            message = getattr(error, "message", "The document is nested too deeply.")
            raise RequestRefused(400, message, PARSE_FAILED, of_document=True) from None


def _undetermined(operation_name: str | None) -> RequestRefused:
    message = (
        "The document has several operations: say which one by operationName."
        if operation_name is None
        else "The document has no operation of this name."
    )
    return RequestRefused(400, message, OPERATION_RESOLUTION_FAILURE, of_document=True)
