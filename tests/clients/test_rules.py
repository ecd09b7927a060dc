"""The schema keeps graphql-eslint's rules, and a breach of any of them is noticed."""

import json
from pathlib import Path

from tests.clients.rooms import CHECKOUT, SCHEMA, Room
from tests.equipment import CLIENTS

ON_FAULT = "@semanticNonNull"
BREACHES = {
    "relay-arguments": ("    last: Int\n", "    final: Int\n"),
    "relay-connection-types": ("  edges: [MatterEdge!]!", "  edges: MatterEdge!"),
    "relay-edge-types": ("  node: Invoice!", "  node: [Invoice!]!"),
    "relay-page-info": ("  hasNextPage: Boolean!", "  hasNextPage: Boolean"),
    "require-description": ('  """All taxes."""\n  tax: Money!', "  tax: Money!"),
    "require-deprecation-reason": ("  sentAt: DateTime\n", "  sentAt: DateTime @deprecated\n"),
    "input-name": ("    input: InvoiceVoidInput!", "    input: InvoiceDeleteInput!"),
    "no-scalar-result-type-on-mutation": ("  ): MatterCreatePayload", "  ): Boolean"),
    "require-field-of-type-query-in-mutation-result": (
        f"  query: Query {ON_FAULT}\n",
        f"  asker: Viewer {ON_FAULT}\n",
    ),
    "require-nullable-result-in-root": (f"  viewer: Viewer {ON_FAULT}\n", "  viewer: Viewer!\n"),
    "require-nullable-fields-with-oneof": ("  minor: MinorUnits\n\n", "  minor: MinorUnits!\n\n"),
    "no-restricted-syntax": (f"  ): CustomerConnection {ON_FAULT}\n", "  ): [Customer!]!\n"),
}


async def test_the_schema_keeps_the_rules() -> None:
    assert await breached(CHECKOUT) == set()


async def test_each_rule_notices_its_breach(tmp_path: Path) -> None:
    text = SCHEMA.read_text()
    for kept, broken in BREACHES.values():
        assert kept in text
        text = text.replace(kept, broken)
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "schema.graphql").write_text(text)

    assert await breached(tmp_path) >= set(BREACHES)


async def breached(folder: Path) -> set[str]:
    """The rules that a folder's schema/schema.graphql breaks."""
    config = CLIENTS / "eslint.config.js"
    done = await Room(folder).run(
        "eslint", "--config", config, "--format", "json", "schema/schema.graphql"
    )
    assert done.output, done.complaints
    [linted] = json.loads(done.output)
    return {fault["ruleId"].rpartition("/")[2] for fault in linted["messages"]}
