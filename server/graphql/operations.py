"""Operations: what a client asks for, found, allowed and run, by whichever transport it came."""

from collections.abc import AsyncGenerator, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from graphql import GraphQLSchema, OperationType
from graphql.execution import ExecutionResult

from models.walls import looking_at
from plans.errors import AskerRefused
from plans.rows import Expression
from plans.running import ReadRecord
from plans.selections import Document
from plans.statements import Statement
from resolvers.callers import Caller
from resolvers.gateways import Gateways
from resolvers.webhooks import Destinations
from schema.api_keys import key_is_live
from schema.execution import Operation, VariablesInvalid, coerced, run
from server.clock import utc_now
from server.graphql.allowances import UNLIMITED, Allowances, Limits
from server.graphql.authentication import Callers, Issuer, unauthenticated
from server.graphql.documents import Documents, Prepared
from server.graphql.errors import BAD_USER_INPUT, FORBIDDEN, RequestRefused, refused_document
from server.graphql.freshness import Freshness, Reader, Told
from server.graphql.metering import Meter
from server.graphql.requests import GraphQLRequest
from server.graphql.subscriptions import Payload, Subscriptions
from server.graphql.trusted import TrustedDocuments
from server.logs import about
from server.replicas import Replicas

AUTHORS = "SETTINGS_WRITE"


@dataclass(slots=True)
class Context:
    """What an operation runs with. Only setting a test clock moves its caller, in time."""

    caller: Caller
    secret: bytes
    settings: Mapping[str, str | None]
    guard: Expression | None
    plans: MutableMapping[Any, Statement]
    gateways: Gateways | None = None
    destinations: Destinations | None = None
    budget: Meter = field(default_factory=Meter)
    reader: Reader = field(default_factory=Reader)

    @property
    def record(self) -> ReadRecord:
        """How its statements are run."""
        return self.reader.record


class Ready(NamedTuple):
    """An operation that may run."""

    operation: Operation
    context: Context

    @property
    def kind(self) -> OperationType:
        """Whether it reads or changes."""
        return self.operation.node.operation


class Operations:
    """Runs the operations of one schema."""

    def __init__(
        self,
        schema: GraphQLSchema,
        secret: bytes,
        settings: Mapping[str, str | None],
        trusted: TrustedDocuments | None = None,
        destinations: Destinations | None = None,
        clock: Callable[[], datetime] = utc_now,
        issuer: Issuer | None = None,
        gateways: Gateways | None = None,
        replicas: Replicas | None = None,
        limits: Limits = UNLIMITED,
    ) -> None:
        self._schema = schema
        self._documents = Documents(schema)
        self._secret = secret
        self._settings = settings
        self._trusted = trusted or TrustedDocuments()
        self._callers = Callers(secret, clock, issuer)
        self._freshness = Freshness(replicas or Replicas(), secret)
        self._subscriptions = Subscriptions(clock)
        self._gateways = gateways
        self._destinations = destinations
        self._allowances = Allowances(limits, clock)

    async def prepare(self, asked: GraphQLRequest, headers: Mapping[str, str]) -> Ready:
        """The operation asked for, and who asks. Raises RequestRefused."""
        text = self._text(asked)
        if text not in self._documents and (known := self._callers.known(headers)):
            self._allowances.check(known)
        prepared = await self._documents.find(text, asked.operation_name)
        reader = self._freshness.reader(headers, prepared.operation.node.operation)
        caller = await self._callers.find(
            headers, prepared.operation, self._allowances.check, anew=reader.is_elsewhere
        )
        about(workspace_id=caller.workspace_id)
        if asked.document_id is None and self._trusted.refuses_free_documents:
            _require_author(caller)
        meter = await self._admitted(caller, prepared)
        guard = key_is_live if caller.key_id else None
        context = Context(
            caller,
            self._secret,
            self._settings,
            guard,
            prepared.plans,
            self._gateways,
            self._destinations,
            meter,
            reader,
        )
        return Ready(prepared.operation, context)

    async def _admitted(self, caller: Caller, prepared: Prepared) -> Meter:
        is_act = prepared.operation.node.operation is OperationType.MUTATION
        if not is_act and (meter := self._allowances.admit_at_hand(caller, prepared.price)):
            return meter
        return await self._allowances.admit(caller, prepared.price, is_act=is_act)

    async def execute(
        self, ready: Ready, asked: GraphQLRequest, headers: Mapping[str, str]
    ) -> ExecutionResult:
        """The operation's result. Raises RequestRefused."""
        try:
            result = await self._run(ready, asked)
        except VariablesInvalid as invalid:
            raise refused_document(invalid.errors, BAD_USER_INPUT) from None
        finally:
            ready.context.budget.close()
        for error in result.errors or ():
            if isinstance(error.original_error, RequestRefused):
                raise error.original_error
            if isinstance(error.original_error, AskerRefused):
                self._callers.forget(headers)
                raise unauthenticated()
        return result

    async def told(self, ready: Ready) -> Told:
        """The headers that say how fresh an answer is."""
        return await self._freshness.told(ready.kind, ready.context.reader)

    async def _run(self, ready: Ready, asked: GraphQLRequest) -> ExecutionResult:
        parts = (self._schema, ready.operation, asked.variables, ready.context)
        if ready.operation.is_all_plans:
            # Each of its statements says itself whose rows it sees.
            return await run(*parts)
        with looking_at(ready.context.caller.workspace_id):
            return await run(*parts)

    async def subscribe(self, ready: Ready, asked: GraphQLRequest) -> AsyncGenerator[Payload, None]:
        """What a subscription is told, as it happens. Raises RequestRefused before it begins."""
        try:
            values = coerced(self._schema, ready.operation, asked.variables)
        except VariablesInvalid as invalid:
            raise refused_document(invalid.errors, BAD_USER_INPUT) from None
        document = Document(self._schema, ready.operation.fragments, values)
        followed = await self._subscriptions.open(ready.operation, document, ready.context)
        return self._subscriptions.payloads(followed)

    async def close(self) -> None:
        """Leaves nothing untold to other processes."""
        await self._allowances.close()

    async def check_key(self, headers: Mapping[str, str]) -> None:
        """Raises RequestRefused for a key or token that is of no use; none at all passes."""
        await self._callers.check(headers)

    def _text(self, asked: GraphQLRequest) -> str:
        if asked.document_id is not None:
            return self._trusted.text(asked.document_id, asked.query)
        return asked.query or ""


def _require_author(caller: Caller) -> None:
    """Documents of one's own are for those who look after the server, so GraphiQL still works."""
    if not caller.has(AUTHORS) or caller.customer_id is not None:
        raise RequestRefused(
            403,
            f"This server runs trusted documents alone; one of your own needs {AUTHORS}.",
            FORBIDDEN,
            reason="DOCUMENT_NOT_TRUSTED",
            of_document=True,
        )
