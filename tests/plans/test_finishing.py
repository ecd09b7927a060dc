"""Finishing: derived fields anywhere in an answer, and data that can't pass for one."""

import orjson

from models.connections import rows
from tests.plans.asking import Asked, Asker
from tests.plans.world import World

TEXT = """query ($id: ID!) {
  invoice(id: $id) { availableActions metadata again: availableActions }
  node(id: $id) { ... on Invoice { lines { metadata } customer { invoices(first: 2) { edges { node {
    availableActions metadata } } } } } }
}"""


async def test_derived_fields_stand_anywhere_and_under_any_alias(
    world: World, asker: Asker
) -> None:
    draft = next(r for r in world.own("invoices", asker.caller) if r["status"] == "DRAFT")

    data = await asker.read(TEXT, {"id": f"inv_{draft['id'].hex}"})

    actions = ["UPDATE", "DELETE", "FINALIZE", "SEND"]
    assert data["invoice"]["availableActions"] == data["invoice"]["again"] == actions
    edges = data["node"]["customer"]["invoices"]["edges"]
    assert all(isinstance(edge["node"]["availableActions"], list) for edge in edges)


async def test_the_mark_of_a_derived_field_is_another_in_every_statement(
    world: World, asker: Asker
) -> None:
    row = world.own("invoices", asker.caller)[0]
    marks: set[str] = set()
    for _ in range(3):
        asked = Asked(TEXT)
        await asked.answer(asker.caller, {"id": f"inv_{row['id'].hex}"})
        for statement in asked.statements():
            assert not marks & set(statement.derived)
            marks |= set(statement.derived)

    assert len(marks) == 9
    assert all(len(mark) >= 20 for mark in marks)


async def test_metadata_that_looks_like_a_derived_field_stays_as_it_is(
    world: World, asker: Asker
) -> None:
    row = world.own("invoices", asker.caller)[0]
    variables = {"id": f"inv_{row['id'].hex}"}
    earlier = Asked(TEXT)
    await earlier.answer(asker.caller, variables)
    [mark, *_] = [m for one in earlier.statements() for m in one.derived]
    write = "UPDATE invoices SET metadata = $3::text::jsonb WHERE workspace_id = $1 AND id = $2"

    for forged in (f'{{"{mark}": "x"}}', '{"derived:0123456789abcdef": "{}"}', '{"status": "x"}'):
        await rows(write, row["workspace_id"], row["id"], forged)
        data = await asker.read(TEXT, variables)
        assert f"'metadata': {forged}".replace('"', "'") in str(data["invoice"])
    await rows(write, row["workspace_id"], row["id"], _original(row))


def _original(row: dict[str, object]) -> str:
    return orjson.dumps(row["metadata"]).decode()
