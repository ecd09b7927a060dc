"""The audit of graphql-http, the reference of GraphQL over HTTP, finds nothing to fault."""

import json
from collections.abc import Callable

from tests.clients.rooms import Room
from tests.equipment import CLIENTS
from tests.site import Client

AUDITS = 61


async def test_every_audit_of_graphql_over_http_passes(
    client: Client, record_property: Callable[[str, object], None]
) -> None:
    said = await Room(CLIENTS).do(CLIENTS / "audit.js", client.url, str(client.key))
    audits = [json.loads(line) for line in said.splitlines()]
    failed = [audit for audit in audits if audit["status"] != "ok"]

    record_property("graphql-http audits passed", f"{len(audits) - len(failed)} of {len(audits)}")
    assert failed == []
    assert len(audits) == AUDITS
