"""What we did not mean stays with us: clients get a number, the log has it too, and no document."""

import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
import structlog
from graphql import GraphQLEnumType, GraphQLError, GraphQLObjectType, build_schema

from models.connections import rows
from server import logs
from server.graphql.endpoint import GraphQLEndpoint
from server.graphql.errors import INTERNAL_SERVER_ERROR
from server.graphql.operations import Operations
from tests import acts
from tests import site as sites
from tests.journeys.making import customer, wanted
from tests.site import Client, Site

SECRET = "Mrs. Lovelace of 12 St James's Square"
DOCUMENT = f'mutation {{ fails(name: "{SECRET}") {{ __typename }} }}'
SDL = """
type Query { ok: Int }
type Mutation { fails(name: String!): Failing  refuses(name: String!): Failing
    loses: Failing ok: Int }
type Failing { mode: Mode  never: Int! }
enum Mode { A }
"""


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged, a JSON object a line."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("json", stream)
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def failing() -> GraphQLEndpoint:
    """An endpoint whose fields fail in the ways that fields can."""
    schema = build_schema(SDL)
    assert schema.mutation_type
    fields = schema.mutation_type.fields
    fields["fails"].resolve = _raise(ValueError(f"could not charge {SECRET}"))
    fields["refuses"].resolve = _raise(
        GraphQLError("Say please.", extensions={"code": "BAD_USER_INPUT", "reason": "RUDE"})
    )
    gone = asyncpg.ConnectionDoesNotExistError(f"connection was closed: {SECRET}")
    fields["loses"].resolve = _raise(gone)
    fields["ok"].resolve = lambda *_: 1
    assert isinstance(schema.type_map["Failing"], GraphQLObjectType)
    assert isinstance(schema.type_map["Mode"], GraphQLEnumType)
    return GraphQLEndpoint(Operations(schema, b"k" * 32, {}))


def _raise(error: Exception) -> Any:
    def resolve(*_: Any, **__: Any) -> None:
        raise error

    return resolve


@pytest.fixture
async def failures(site: Site, client: Client) -> AsyncIterator[Client]:
    """A client of such an endpoint."""
    async with served(site, client, failing()) as opened:
        yield opened


@asynccontextmanager
async def served(site: Site, client: Client, endpoint: GraphQLEndpoint) -> AsyncIterator[Client]:
    """The same client at an endpoint alone."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await endpoint(scope, receive, send)

    async with sites.opened(site.settings, app) as opened:
        yield opened.client(client.key or "")


async def test_a_fault_is_answered_by_a_number_that_the_log_has_too(
    failures: Client, written: io.StringIO
) -> None:
    answer = await failures.answer(DOCUMENT)

    [error] = answer["errors"]
    assert error["extensions"]["code"] == INTERNAL_SERVER_ERROR
    assert error["path"] == ["fails"]
    assert SECRET not in json.dumps(answer)
    assert "ValueError" not in json.dumps(answer)
    assert "Traceback" not in json.dumps(answer)
    [line] = [line for line in lines(written) if line.get("error_id")]
    assert line["error_id"] == error["extensions"]["id"]
    assert error["extensions"]["id"] in error["message"]
    assert line["level"] == "error"
    assert "ValueError" in line["exception"]
    assert DOCUMENT not in written.getvalue()


async def test_whoever_loses_the_database_is_told_to_send_it_again_by_its_key(
    failures: Client, written: io.StringIO
) -> None:
    answer = await failures.answer("mutation { loses { never } ok }")

    [error] = answer["errors"]
    assert answer["data"] == {"loses": None, "ok": 1}
    assert error["extensions"]["code"] == INTERNAL_SERVER_ERROR
    assert error["extensions"]["reason"] == "DATABASE_UNAVAILABLE"
    assert "idempotencyKey" in error["message"]
    assert SECRET not in json.dumps(answer)
    [line] = [line for line in lines(written) if line.get("error_id")]
    assert line["error_id"] == error["extensions"]["id"]
    assert "exception" not in line


async def test_a_request_that_finds_no_database_is_answered_503_and_when_to_come_again(
    site: Site, client: Client
) -> None:
    def away() -> Any:
        raise ConnectionRefusedError(SECRET)

    endpoint = GraphQLEndpoint(Operations(build_schema(SDL), b"k" * 32, {}, clock=away))
    async with served(site, client, endpoint) as asked:
        answer = await asked.post({"query": "{ ok }"})

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    [error] = answer.json()["errors"]
    assert error["extensions"]["reason"] == "DATABASE_UNAVAILABLE"
    assert SECRET not in answer.text


async def test_each_fault_has_a_number_of_its_own_and_the_other_fields_are_answered(
    failures: Client,
) -> None:
    answer = await failures.answer(
        'mutation { a: fails(name: "x") { never } ok b: fails(name: "x") { never } }'
    )

    assert answer["data"] == {"a": None, "ok": 1, "b": None}
    assert len({error["extensions"]["id"] for error in answer["errors"]}) == 2


async def test_what_is_meant_for_the_client_reaches_it_as_it_is(
    failures: Client, written: io.StringIO
) -> None:
    answer = await failures.answer('mutation { refuses(name: "x") { never } }')

    [error] = answer["errors"]
    assert error["message"] == "Say please."
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "reason": "RUDE"}
    assert lines(written) == []


async def test_what_graphql_finds_wrong_in_an_answer_is_a_fault_of_ours(
    site: Site, client: Client, written: io.StringIO
) -> None:
    """Its own exceptions print the document around the place, which must not reach the log."""
    schema = build_schema(SDL)
    assert schema.mutation_type
    schema.mutation_type.fields["fails"].resolve = lambda *_, **__: {"mode": "B", "never": None}
    endpoint = GraphQLEndpoint(Operations(schema, b"k" * 32, {}))
    async with served(site, client, endpoint) as asked:
        answers = [
            await asked.answer(f'mutation {{ fails(name: "{SECRET}") {{ {field} }} }}')
            for field in ("mode", "never")
        ]

    for answer in answers:
        [error] = answer["errors"]
        assert error["extensions"]["code"] == INTERNAL_SERVER_ERROR
        assert error["extensions"]["id"] in written.getvalue()
    assert SECRET not in written.getvalue()


@pytest.mark.parametrize(
    "document",
    [
        f'{{ node(id: "{SECRET}" }}',
        f'{{ nothing(name: "{SECRET}") }}',
        f'{{ node(id: "{SECRET}") {{ id }} }}',
        f"query($id: ID!) {{ node(id: $id) {{ id }} }} # {SECRET}",
        f'{{ invoices(after: "{SECRET}") {{ totalCount }} }}',
        f'mutation {{ customerUpdate(input: {{id: "{SECRET}"}}) {{ {sites.USER_ERRORS} }} }}',
        f"{{ invoices(first: 1000) {{ totalCount }} }} # {SECRET}",
    ],
)
async def test_what_clients_get_wrong_is_not_written_into_the_log(
    client: Client, written: io.StringIO, document: str
) -> None:
    await client.answer(document, name=SECRET)

    assert SECRET not in written.getvalue()
    assert not [line for line in lines(written) if line["level"] == "error"]


async def test_a_broken_row_is_a_masked_fault_of_its_field_alone(
    client: Client, written: io.StringIO
) -> None:
    own = await acts.things(client)
    await rows(
        "UPDATE number_series SET template = '{BAD}' WHERE workspace_id = "
        "(SELECT workspace_id FROM workspaces WHERE encode(uuid_send(id), 'hex') = $1)",
        own.workspace.removeprefix("wsp_"),
    )

    answer = await client.answer(
        "{ viewer { workspace { numberSeries { next } } } customers { totalCount } }"
    )

    left = await client.ask("{ customers { totalCount } }")
    assert answer["data"] == {"viewer": None, **left}
    [error] = answer["errors"]
    assert error["extensions"]["code"] == INTERNAL_SERVER_ERROR
    assert error["extensions"]["id"] in written.getvalue()


async def test_a_fault_outside_of_any_field_is_masked_too(
    site: Site, client: Client, written: io.StringIO
) -> None:
    def no_clock() -> Any:
        raise ZeroDivisionError(SECRET)

    endpoint = GraphQLEndpoint(Operations(build_schema(SDL), b"k" * 32, {}, clock=no_clock))
    async with served(site, client, endpoint) as asked:
        answer = await asked.post({"query": "{ ok }"})

    assert answer.status_code == 500
    [error] = answer.json()["errors"]
    assert list(answer.json()) == ["errors"]
    assert error["extensions"]["code"] == INTERNAL_SERVER_ERROR
    assert SECRET not in answer.text
    assert error["extensions"]["id"] in written.getvalue()


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ('query($id: ID = "x") { node(id: $id) { id } }', {"id": None}),
        ("query($no: Boolean = true) { viewer { mode @skip(if: $no) now } }", {"no": None}),
        ("query($ids: [ID!] = []) { nodes(ids: $ids) { id } }", {"ids": None}),
        ('query($n: String = "x") { invoiceByNumber(number: $n) { id } }', {"n": None}),
        ('mutation($i: ID = "x") { invoiceVoid(input: {id: $i}) { __typename } }', {"i": None}),
        (
            "mutation($i: CustomerCreateInput = {name: 1}) "
            "{ customerCreate(input: $i) { __typename } }",
            {"i": None},
        ),
        ('{ invoiceByNumber(number: "\\u0000") { id } }', {}),
        ('{ invoices(filter: {search: "\\u0000"}) { totalCount } }', {}),
        ('{ invoices(filter: {metadata: [{key: "\\u0000", value: "x"}]}) { totalCount } }', {}),
        ('{ customers(search: "\\u0000") { totalCount } }', {}),
        ('{ customers(search: "%_\\\\") { totalCount } }', {}),
        ("{ invoices(first: 2147483647) { totalCount } }", {}),
        ("{ invoices(first: -2147483648) { totalCount } }", {}),
        ('{ node(id: "\\u0000") { id } }', {}),
        ("{ invoices(filter: {total: {gt: -100000000000000}}) { totalCount } }", {}),
        ('{ invoices(filter: {dueAt: {gt: "0001-01-01T00:00:00Z"}}) { totalCount } }', {}),
        ('{ invoices(filter: {dueAt: {lt: "9999-12-31T23:59:59Z"}}) { totalCount } }', {}),
        ("{ invoices(filter: {status: []}) { totalCount } }", {}),
        ("{ invoices(filter: {status: null, number: {}}) { totalCount } }", {}),
    ],
)
async def test_nothing_that_a_client_can_write_is_a_fault_of_ours(
    client: Client, written: io.StringIO, document: str, variables: Any
) -> None:
    answer = await client.answer(document, **variables)

    codes = [error["extensions"]["code"] for error in answer.get("errors", ())]
    assert INTERNAL_SERVER_ERROR not in codes
    assert not [line for line in lines(written) if line["level"] == "error"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "\x00"),
        ("name", "x" * 10_000),
        ("email", "a@b\n@c.example"),
        ("locale", "\x00"),
        ("taxId", "\x00"),
        ("metadata", {"\x00": "x"}),
        ("metadata", {"x": "\x00"}),
        ("metadata", {str(key): "x" for key in range(60)}),
        ("idempotencyKey", "\x00"),
        ("idempotencyKey", ""),
        ("paymentTermsDays", 2**31 - 1),
        ("paymentTermsDays", -1),
        ("address", {"line1": "\x00", "city": "x", "country": "DE"}),
        ("address", {"line1": "x", "city": "x", "country": "ZZ"}),
    ],
)
async def test_a_value_that_cannot_be_is_refused_at_its_field(
    client: Client, field: str, value: Any
) -> None:
    refused = await client.refusals("customerCreate", **{"name": "Bob", field: value})

    assert refused[0][1][0] == field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("notes", "\x00"),
        ("internalNotes", "x" * 6000),
        ("dueDate", "9999-12-31"),
        ("dueDate", "9999-12-31T23:59:59.999999Z"),
        ("dueDate", "0001-01-01"),
        ("issuedAt", "0001-01-01T00:00:00Z"),
        ("issuedAt", "9999-12-31T23:59:59Z"),
        ("lines", [{"description": "\x00", "quantity": 1, "unitAmount": {"minor": 1}}]),
        ("lines", [{"description": "x", "quantity": 1, "unitAmount": {"minor": 1}}] * 501),
        ("discounts", [{"percent": "1"}] * 101),
        ("discounts", [{"name": "neither"}]),
        ("discounts", [{"name": "both", "percent": 1, "minor": 1}]),
    ],
)
async def test_an_invoice_at_the_edge_of_what_can_be_is_no_fault(
    client: Client, written: io.StringIO, field: str, value: Any
) -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        await client.do("workspaceUpdate", timeZone=zone)
        invoice = await wanted(client, customerId=await customer(client), **{field: value})
        for mutation in ("invoiceDraft", "invoiceIssue"):
            await client.act(mutation, "invoice { dueAt dueOn issuedAt }", invoice=invoice)

    assert not [line for line in lines(written) if line["level"] == "error"]


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]
