"""A customer's token walks through every field there is, and never comes upon what is not that customer's."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import pytest
from graphql import (
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_interface_type,
)

from docs.schema_access import object_type
from domain.identifiers import PREFIXES, decode_id, encode_id
from plans.definitions import is_read, table_of
from resolvers import api_keys
from resolvers.callers import SCOPES, Caller
from schema.schema import schema
from tests.access.documents import arguments
from tests.access.marks import mark, marks_in
from tests.access.pairs import filled
from tests.journeys.making import card, issued, subscribed, wanted
from tests.plans.asking import Asked, Asker
from tests.plans.random_operations import RandomOperations
from tests.plans.world import World, stored
from tests.site import Client, Site

READING = frozenset(scope for scope in SCOPES if scope.endswith("_READ"))
IDS = re.compile(r"[a-z]+_[0-9a-f]{32}")
DEPTH = 2
OPERATIONS, PARTS = 300, 3
SHOWN = {
    *("api_keys.name", "billing_subscriptions.last_error", "credit_notes.memo", "customers.email"),
    *("customers.name", "customers.tax_id", "fx_rates.source"),
    *("invoices.internal_notes", "invoices.metadata", "invoices.notes", "line_items.description"),
    *("matters.name", "payments.reference", "tax_rates.name"),
    *("webhook_endpoints.url", "invoices.pay_token", "payments.failure_message"),
}
"""What someone who may see everything does come upon."""


@dataclass(frozen=True)
class Walled:
    """A workspace in which all is marked but what one customer may see."""

    keeper: Caller
    customer: Caller
    ids: dict[str, list[str]]
    """The ids of everything in it, by type."""
    theirs: frozenset[str]
    """Those of another customer and of the workspace itself."""
    world: World

    def leaks(self, answered: Any) -> set[str]:
        """The marks and ids in an answer that are not the customer's to see."""
        return marks_in(answered) | (self.theirs & {*IDS.findall(str(answered))})


@pytest.fixture(scope="module")
async def walled(site: Site, database_dsn: str) -> Walled:
    """What another customer has, and what the workspace keeps to itself, is marked."""
    client = await site.someone(paymentTermsDays=14)
    _, theirs, _ = await filled(client)
    await client.do("invoiceFinalize", id=theirs.draft)
    marked = await mark(database_dsn, theirs.workspace)
    assert SHOWN - marked == set()
    # No event can be changed: one more tells what is marked.
    await client.do("customerUpdate", id=theirs.customer, paymentTermsDays=3)
    before = _ids(await stored(database_dsn), theirs.workspace)
    mine = await _customer_of_ones_own(client)
    keeper = await api_keys.find_caller(client.key or "", datetime.now(UTC))
    assert keeper
    tables = await stored(database_dsn)
    own = {
        name: [row for row in found if row["workspace_id"] == keeper.workspace_id]
        for name, found in tables.items()
    }
    limited = replace(keeper, scopes=READING, customer_id=mine)
    not_theirs = {one for ids in before.values() for one in ids} - {theirs.workspace}
    ids = _ids(tables, theirs.workspace)
    return Walled(keeper, limited, ids, frozenset(not_theirs), World([limited], own))


def _ids(tables: dict[str, Any], workspace: str) -> dict[str, list[str]]:
    """The ids of all that is in a workspace, by type."""
    home = decode_id("wsp", workspace)
    return {
        name: [
            encode_id(prefix, row["id"])
            for row in tables[table_of(object_type(name)).name]
            if row["workspace_id"] == home
        ]
        for name, prefix in PREFIXES.items()
    }


async def _customer_of_ones_own(client: Client) -> UUID:
    """A customer with one of each, unmarked but for what is not theirs to see."""
    made = await client.do("customerCreate", "customer { id }", name="Mine")
    own = made["customer"]["id"]
    secret = {"internalNotes": "walled:invoices.internal_notes", "notes": "Thank you"}
    await client.do("matterCreate", customerId=own, name="My case")
    invoice = await issued(client, customerId=own, **secret)
    draft = {**secret, "notes": "walled:invoices.notes"}
    await client.do("invoiceDraft", invoice=await wanted(client, customerId=own, **draft))
    await client.do("creditNoteCreate", invoiceId=invoice["id"], amount=100, memo="Sorry")
    await card(client, own)
    await client.do("invoicePay", id=invoice["id"])
    await subscribed(client, own)
    found = decode_id("cus", own)
    assert found
    return found


async def test_someone_who_may_see_everything_comes_upon_each_mark(walled: Walled) -> None:
    """Else a walk past all of them would prove nothing."""
    seen = [marks_in(data) for data, _ in await _walk(walled, walled.keeper)]

    assert SHOWN - set().union(*seen) == set()


async def test_a_customer_comes_upon_no_mark_in_any_field(walled: Walled) -> None:
    for data, text in await _walk(walled, walled.customer):
        assert walled.leaks(data) == set(), text


async def test_what_is_never_null_is_not_null_for_a_customer_either(walled: Walled) -> None:
    for data, text in await _walk(walled, walled.customer):
        assert list(_nulls(object_type("Query"), data, "")) == [], text


async def test_a_customer_does_come_upon_what_is_theirs(walled: Walled) -> None:
    found = await Asker(walled.customer).read(
        """{ customers { nodes { name matters { nodes { name } } paymentMethods { id }
        invoices { nodes { notes internalNotes creditNotes { nodes { memo } }
        payments { totalCount } } } } }
        events { nodes { id } } apiKeys { id } webhookEndpoints { id } taxRates { id } fxRates { id }
        receivables { asOf } viewer { customer { name } workspace { name numberSeries { id } } } }"""
    )

    [mine] = found["customers"]["nodes"]
    [invoice] = mine["invoices"]["nodes"]
    assert (mine["name"], mine["matters"]["nodes"]) == ("Mine", [{"name": "My case"}])
    assert (invoice["notes"], invoice["internalNotes"]) == ("Thank you", None)
    assert invoice["creditNotes"]["nodes"] == [{"memo": "Sorry"}]
    assert invoice["payments"]["totalCount"] == 1
    assert found["events"]["nodes"] == found["apiKeys"] == found["webhookEndpoints"] == []
    assert found["taxRates"] == found["fxRates"] == []
    assert found["receivables"] is None
    assert found["viewer"]["workspace"]["numberSeries"] == []


@pytest.mark.parametrize("part", range(PARTS))
async def test_a_customer_comes_upon_no_mark_by_random_ways(walled: Walled, part: int) -> None:
    for number in range(part, OPERATIONS, PARTS):
        random = Random(f"walls-{number}")
        made = RandomOperations(random, schema._schema, walled.world, walled.customer).operation()
        asked = Asked(made.text, known_valid=True)
        for _ in range(2):
            answer = await asked.answer(walled.customer, made.rolled(), made.name)
            assert walled.leaks([answer.data, answer.errors]) == set(), made.text


async def _walk(walled: Walled, caller: Caller) -> list[tuple[Any, str]]:
    """The answers to every field of every type, as far as it goes, each with its document."""
    asker, answers = Asker(caller), []
    for text, variables in _documents(walled):
        answer = await asker.ask(text, variables)
        assert not answer.errors, (text, answer.errors)
        answers.append((answer.data, text))
    return answers


def _documents(walled: Walled) -> list[tuple[str, dict[str, Any]]]:
    made: list[tuple[str, dict[str, Any]]] = []
    for name, field in object_type("Query").fields.items():
        named: Any = get_named_type(field.type)
        if name in ("invoicePreview", "exportUrl") or is_interface_type(named):
            continue
        ids = walled.ids.get(named.name, [""]) if "id" in field.args else [""]
        for some_id in ids:
            asked = arguments(field, partial(_same, some_id))
            made.append((f"{{ {name}{asked} {_everything(named, DEPTH)} }}", {}))
    for name, ids in walled.ids.items():
        body = _everything(object_type(name), DEPTH)
        text = f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename ... on {name} {body} }} }}"
        made += [(text, {"ids": ids[at : at + 100]}) for at in range(0, len(ids), 100)]
    return made


def _same(some_id: str, _: str) -> str:
    return some_id


def _everything(of: Any, depth: int) -> str:
    """Every field of an object, and of the objects that it leads to."""
    parts = ["__typename"]
    for name, field in of.fields.items():
        named: Any = get_named_type(field.type)
        if not is_composite_type(named):
            parts.append(f"{name}{arguments(field)}")
        elif depth or not (is_read(named) or named.name.endswith("Connection")):
            deeper = depth - 1 if is_read(named) else depth
            parts.append(f"{name}{arguments(field)} {_everything(named, max(deeper, 0))}")
    return f"{{ {' '.join(parts)} }}"


def _nulls(of: Any, value: Any, place: str) -> Any:
    """Where an answer says null though the schema says never."""
    if isinstance(value, list):
        for part in value:
            yield from _nulls(of, part, place)
    elif isinstance(value, dict):
        of = schema._schema.type_map[value["__typename"]] if "__typename" in value else of
        assert isinstance(of, GraphQLObjectType)
        for name, part in value.items():
            field = of.fields.get(name)
            if field is None:
                continue
            if part is None and isinstance(field.type, GraphQLNonNull):
                yield f"{place}.{name}"
            below = get_named_type(field.type)
            if is_composite_type(below):
                yield from _nulls(below, part, f"{place}.{name}")
