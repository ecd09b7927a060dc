"""Every operation on a page runs against a real server: it answers data and no error, whatever ids it names."""

import re
from typing import Any

import orjson
import pytest
from graphql import OperationDefinitionNode, OperationType, parse

from tests import acts
from tests.docs.reading import Block, operations
from tests.site import Client, Site

ID = re.compile(r"\b(wsp|cus|mat|inv|il|key|whe|whd|bs|pm|pay|cn)_[0-9a-f…]*")
# What a variable stands for where the page gives no value.
USUAL: dict[str, Any] = {
    "id": "inv_",
    "invoiceId": "inv_",
    "customerId": "cus_",
    "customer": "cus_",
    "line": "il_",
    "event": "evt_",
    "delivery": "whd_",
    "endpoint": "whe_",
    "input": {"id": "inv_"},
    "invoice": {"customerId": "cus_", "dueDate": "2099-12-31", "lines": []},
    "first": 10,
}


def _runs() -> list[tuple[Block, dict[str, Any] | None]]:
    """Subscriptions apart, which have journeys of their own."""
    return [
        (block, variables)
        for block, variables in operations()
        if _operation(block).operation is not OperationType.SUBSCRIPTION
    ]


def _operation(block: Block) -> OperationDefinitionNode:
    first = parse(block.text).definitions[0]
    assert isinstance(first, OperationDefinitionNode)
    return first


@pytest.mark.parametrize(("block", "variables"), _runs(), ids=lambda part: str(part)[:60])
async def test_an_operation_of_a_page_runs(
    site: Site, block: Block, variables: dict[str, Any] | None
) -> None:
    client: Client = await site.someone(mode="TEST")
    own = await acts.things(client)
    wanted = {node.variable.name.value for node in _operation(block).variable_definitions or ()}
    given = {name: USUAL[name] for name in wanted if name in USUAL} | (variables or {})
    written = orjson.dumps({"query": block.text, "variables": given}).decode()

    answer = await client.post(ID.sub(lambda found: own.of_kind(found[0]), written))

    assert "errors" not in answer.json(), answer.json()["errors"]
