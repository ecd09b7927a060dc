"""Keys: made with no more rights than their maker has, found by hash, revoked, and the sandbox."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from models.api_keys import ApiKey
from models.connections import rows
from models.workspaces import Workspace
from resolvers import api_keys, invoices, number_series, workspaces
from resolvers.callers import SCOPES, Caller
from resolvers.idempotency import Once
from tests.postgres import as_owner
from tests.resolvers.making import (
    NOBODY,
    NOON,
    customer,
    numbers,
    refusals,
    someone,
    wanted,
)


async def test_a_key_finds_its_caller(caller: Caller) -> None:
    made = await api_keys.create(caller, " Shop ", "LIVE", ["INVOICES_WRITE", "INVOICES_READ"])

    assert made.secret is not None
    found = await api_keys.find_caller(made.secret, NOON)
    assert found is not None
    assert found.workspace_id == caller.workspace_id
    assert found.mode == "LIVE"
    assert found.scopes == {"INVOICES_READ", "INVOICES_WRITE"}
    assert found.now == NOON
    assert found.actor == f"key_{made.id.hex}"


async def test_a_secret_has_256_random_bits_and_is_stored_as_a_hash(caller: Caller) -> None:
    made = await api_keys.create(caller, "Shop", "LIVE", ["INVOICES_READ"])

    assert re.fullmatch(r"ak_live_[A-Za-z0-9_-]{43}", made.secret or "")
    key = await ApiKey.get(id=made.id)
    assert (made.secret or "").startswith(key.hint.removesuffix("…"))
    assert len(key.hint) == 13
    everything = await rows("SELECT api_keys::text AS row FROM api_keys WHERE id = $1", made.id)
    assert (made.secret or "")[8:] not in everything[0]["row"]


@pytest.mark.parametrize(
    "token",
    ["", "ak_live_short", f"ak_live_{'A' * 43}", f"ak_dead_{'A' * 43}", f"ak_live_{'é' * 43}"],
)
async def test_nothing_but_a_key_finds_anyone(caller: Caller, token: str) -> None:
    assert await api_keys.find_caller(token, NOON) is None


async def test_a_revoked_key_finds_nobody(caller: Caller) -> None:
    made = await api_keys.create(caller, "Shop", "LIVE", ["INVOICES_READ"])
    await api_keys.revoke(caller, made.id)
    assert await api_keys.find_caller(made.secret or "", NOON) is None


async def test_a_second_revocation_changes_nothing(caller: Caller) -> None:
    made = await api_keys.create(caller, "Shop", "LIVE", ["INVOICES_READ"])
    await api_keys.revoke(caller, made.id)
    await api_keys.revoke(replace(caller, now=NOON + timedelta(days=1)), made.id)
    assert (await ApiKey.get(id=made.id)).revoked_at == NOON


async def test_the_last_use_is_noted_once_a_minute(caller: Caller) -> None:
    made = await api_keys.create(caller, "Shop", "LIVE", ["INVOICES_READ"])
    noted = []
    for seconds in (0, 30, 59, 60, 61):
        await api_keys.find_caller(made.secret or "", NOON + timedelta(seconds=seconds))
        noted.append((await ApiKey.get(id=made.id)).last_used_at)
    minute = NOON + timedelta(minutes=1)
    assert noted == [NOON, NOON, NOON, minute, minute]


async def test_noting_the_last_use_waits_for_nobody(caller: Caller, database: str) -> None:
    made = await api_keys.create(caller, "Shop", "LIVE", ["INVOICES_READ"])
    holder = await as_owner(database)
    async with holder.transaction():
        await holder.execute("SELECT 1 FROM api_keys WHERE id = $1 FOR UPDATE", made.id)
        found = await asyncio.wait_for(api_keys.find_caller(made.secret or "", NOON), 60)
    await holder.close()
    assert found is not None


async def test_a_key_gets_no_scope_that_its_maker_lacks(caller: Caller) -> None:
    poor = replace(caller, scopes=frozenset({"SETTINGS_WRITE", "INVOICES_WRITE"}))

    refused = await refusals(api_keys.create(poor, "Shop", "LIVE", ["PAYMENTS_READ"]))

    assert refused == [("FORBIDDEN", ("scopes",))]
    await api_keys.create(poor, "Shop", "LIVE", ["INVOICES_READ", "SETTINGS_READ"])


async def test_all_that_is_wrong_with_a_key_is_said_at_once(caller: Caller) -> None:
    assert await refusals(api_keys.create(caller, " ", "BETA", [])) == [
        ("REQUIRED", ("name",)),
        ("INVALID_FORMAT", ("mode",)),
        ("REQUIRED", ("scopes",)),
    ]
    unknown = await refusals(api_keys.create(caller, "Shop", "LIVE", ["ROOT"]))
    assert unknown == [("INVALID_FORMAT", ("scopes",))]


async def test_a_test_caller_makes_no_live_key(database: str) -> None:
    tester = await someone("TEST")
    refused = await refusals(api_keys.create(tester, "Shop", "LIVE", ["INVOICES_READ"]))
    assert refused == [("FORBIDDEN", ("mode",))]
    made = await api_keys.create(tester, "Shop", "TEST", ["INVOICES_READ"])
    assert made.workspace_id == tester.workspace_id


async def test_a_test_key_belongs_to_the_sandbox(caller: Caller) -> None:
    made = await api_keys.create(caller, "Trial", "TEST", SCOPES)

    assert (made.secret or "").startswith("ak_test_")
    tester = await api_keys.find_caller(made.secret or "", NOON)
    assert tester is not None
    assert tester.mode == "TEST"
    assert tester.workspace_id == made.workspace_id != caller.workspace_id
    live = await Workspace.get(id=caller.workspace_id)
    assert live.sandbox_id == made.workspace_id


async def test_the_sandbox_starts_with_the_settings_and_numbering_of_its_workspace(
    caller: Caller,
) -> None:
    await workspaces.update(
        caller, {"time_zone": "Asia/Tokyo", "currency": "JPY", "payment_terms_days": 30}
    )
    await number_series.set_series(caller, "INVOICE", "R-{YYYY}-{seq:3}", "YEAR")

    made = await api_keys.create(caller, "Trial", "TEST", SCOPES)

    sandbox = await Workspace.get(id=made.workspace_id)
    assert (sandbox.mode, sandbox.time_zone, sandbox.currency) == ("TEST", "Asia/Tokyo", "JPY")
    tester = await api_keys.find_caller(made.secret or "", NOON)
    assert tester is not None
    await invoices.issue(tester, wanted(await customer(tester)))
    assert await numbers(tester) == ["TEST-R-2026-001"]
    assert await numbers(caller) == []


async def test_sixteen_first_test_keys_at_once_make_one_sandbox(caller: Caller) -> None:
    made = await asyncio.gather(
        *(api_keys.create(caller, f"Trial {i}", "TEST", SCOPES) for i in range(16))
    )

    assert len({key.workspace_id for key in made}) == 1
    found = await rows(
        "SELECT count(*) AS n FROM number_series WHERE workspace_id = $1", made[0].workspace_id
    )
    assert found[0]["n"] == 2


async def test_the_live_workspace_revokes_its_sandboxs_keys(caller: Caller) -> None:
    made = await api_keys.create(caller, "Trial", "TEST", SCOPES)
    place = await api_keys.revoke(caller, made.id)
    assert place.workspace_id == made.workspace_id
    assert await api_keys.find_caller(made.secret or "", NOON) is None


async def test_a_sandbox_does_not_reach_its_workspaces_keys(caller: Caller) -> None:
    live = await api_keys.create(caller, "Shop", "LIVE", SCOPES)
    made = await api_keys.create(caller, "Trial", "TEST", SCOPES)
    tester = await api_keys.find_caller(made.secret or "", NOON)
    assert tester is not None
    assert await refusals(api_keys.revoke(tester, live.id)) == [("NOT_FOUND", ("id",))]


async def test_unknown_and_foreign_keys_look_alike(caller: Caller, stranger: Caller) -> None:
    foreign = await api_keys.create(stranger, "Shop", "LIVE", SCOPES)
    assert await refusals(api_keys.revoke(caller, foreign.id)) == [("NOT_FOUND", ("id",))]
    assert await refusals(api_keys.revoke(caller, NOBODY)) == [("NOT_FOUND", ("id",))]
    assert await api_keys.find_caller(foreign.secret or "", NOON) is not None


async def test_a_repeated_creation_answers_the_key_without_its_secret(caller: Caller) -> None:
    once = Once("apiKeyCreate", "k1", {"name": "Shop"})
    first = await api_keys.create(caller, "Shop", "LIVE", SCOPES, once=once)
    again = await api_keys.create(caller, "Shop", "LIVE", SCOPES, once=once)
    assert again == replace(first, secret=None)
    kept = await rows(
        "SELECT result::text FROM idempotency_keys WHERE workspace_id = $1", caller.workspace_id
    )
    assert (first.secret or "") not in kept[0]["result"]
