"""Asking: an operation run as the server runs it, without HTTP around it."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse, validate

from models import connections
from plans.rows import Expression
from plans.running import Budget, ReadRecord
from plans.statements import Statement
from resolvers.callers import Caller
from schema.execution import Operation, VariablesInvalid, run
from schema.schema import schema
from server.graphql.errors import BAD_USER_INPUT, refused_document, written

SECRET = b"k" * 32
PUBLIC_URL = "https://billing.example"


@dataclass(frozen=True)
class Context:
    """What an operation runs with."""

    caller: Caller
    plans: MutableMapping[Any, Any]
    secret: bytes = SECRET
    settings: Mapping[str, str | None] = field(default_factory=lambda: {"public_url": PUBLIC_URL})
    guard: Expression | None = None
    budget: Budget = field(default_factory=lambda: Budget(10**9))
    record: ReadRecord = connections.record


@dataclass(frozen=True)
class Answer:
    """What a client gets."""

    data: Any
    errors: list[dict[str, Any]]

    @property
    def codes(self) -> list[tuple[str, str | None]]:
        """Code and reason of each error."""
        found = [error["extensions"] for error in self.errors]
        return [(extensions["code"], extensions.get("reason")) for extensions in found]


class Asked:
    """A valid document, and the statements compiled for each of its operations so far."""

    def __init__(self, text: str, *, known_valid: bool = False) -> None:
        document = parse(text)
        errors = [] if known_valid else validate(schema._schema, document)
        assert not errors, errors
        nodes = document.definitions
        fragments = {n.name.value: n for n in nodes if isinstance(n, FragmentDefinitionNode)}
        self.document = document
        self.plans: dict[str | None, MutableMapping[Any, Any]] = {}
        self.operations: dict[str | None, Operation] = {}
        for node in nodes:
            if isinstance(node, OperationDefinitionNode):
                name = node.name.value if node.name else None
                self.operations[name] = Operation(schema._schema, document, node, fragments)
                self.plans[name] = {}

    def statements(self, operation: str | None = None) -> list[Statement]:
        """The statements compiled for an operation so far."""
        name = operation or next(iter(self.operations))
        return [plan for plan in self.plans[name].values() if isinstance(plan, Statement)]

    async def answer(
        self, caller: Caller, variables: dict[str, Any], operation: str | None = None
    ) -> Answer:
        """The answer to one of the operations; its JSON decoded."""
        name = operation or next(iter(self.operations))
        context = Context(caller, self.plans[name])
        try:
            found = await run(schema._schema, self.operations[name], variables, context)
        except VariablesInvalid as invalid:
            return Answer(None, refused_document(invalid.errors, BAD_USER_INPUT).errors)
        errors = [written(error) for error in found.errors or ()]
        return Answer(orjson.loads(orjson.dumps(found.data)), errors)


class Asker:
    """Someone who asks one operation after another, each document prepared once."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.asked: dict[str, Asked] = {}

    def by(self, **changed: Any) -> "Asker":
        """The same with some of the caller changed, and the same documents."""
        other = Asker(replace(self.caller, **changed))
        other.asked = self.asked
        return other

    async def ask(self, text: str, variables: dict[str, Any] | None = None) -> Answer:
        """The answer to the only operation of a document."""
        if text not in self.asked:
            self.asked[text] = Asked(text)
        return await self.asked[text].answer(self.caller, variables or {})

    async def read(self, text: str, variables: dict[str, Any] | None = None) -> Any:
        """The data of an operation that must have no error."""
        answer = await self.ask(text, variables)
        assert not answer.errors, answer.errors
        return answer.data

    def statements(self, text: str) -> list[Statement]:
        """The statements compiled for a document's only operation so far."""
        return self.asked[text].statements()
