"""Rows on their way in: every kind of column, several tables at once, and no column too many."""

from datetime import UTC, date, datetime
from decimal import Decimal

from domain.identifiers import new_id
from models.api_keys import ApiKey
from models.connections import rows
from models.idempotency_keys import IdempotencyKey
from models.jobs import Job
from models.workspaces import Workspace
from models.writes import change, insert

NOW = datetime(2026, 6, 9, 12, 0, 0, 123_456, tzinfo=UTC)


def workspace() -> Workspace:
    identity = new_id()
    return Workspace(
        id=identity,
        workspace_id=identity,
        mode="LIVE",
        name='Zoë\'s "Shop" \\ 店',
        time_zone="UTC",
        currency="USD",
        country=None,
        tax_id=None,
        address={"line1": "1 Road", "line2": None},
        tax_rounding="PER_RATE",
        discount_tax_treatment="BEFORE_TAX",
        prices_include_tax=False,
        payment_terms_days=None,
        small_balance_limit_minor=10**14,
        interest_percent=Decimal("0.000001"),
        interest_grace_days=0,
        strict_chronology=True,
        closed_through=date(2026, 5, 31),
        created_at=NOW,
        updated_at=NOW,
    )


def job(workspace_id: object) -> Job:
    return Job(
        workspace_id=workspace_id,
        id=new_id(),
        kind="test",
        payload={},
        run_at=NOW,
        attempts=0,
        created_at=NOW,
    )


async def test_every_kind_of_column_comes_back_as_it_went_in(database: str) -> None:
    made = workspace()
    key = ApiKey(
        workspace_id=made.id,
        id=new_id(),
        token_hash=bytes(range(32)) + made.id.bytes,
        name="n",
        hint="h",
        mode="LIVE",
        scopes=["A", "B"],
        created_at=NOW,
    )

    await insert(made, key, job(made.id), job(made.id))

    found = await Workspace.get(id=made.id)
    for name in Workspace._meta.fields_db_projection:
        assert getattr(found, name) == getattr(made, name), name
    assert (await ApiKey.get(id=key.id)).token_hash == key.token_hash
    assert (await ApiKey.get(id=key.id)).scopes == ["A", "B"]
    assert await Job.filter(workspace_id=made.id).count() == 2


async def test_null_in_a_json_column_is_null_and_not_json(database: str) -> None:
    made = workspace()
    kept = IdempotencyKey(
        workspace_id=made.id, id=new_id(), mutation="m", key="k", input_hash="h", created_at=NOW
    )
    await insert(made, kept)
    found = await rows("SELECT result IS NULL AS it FROM idempotency_keys WHERE id = $1", kept.id)
    assert found == [{"it": True}]


async def test_nothing_is_inserted_for_nothing(database: str) -> None:
    await insert()


async def test_a_change_writes_the_columns_named_and_no_other(database: str) -> None:
    made = workspace()
    await insert(made)
    await rows("UPDATE workspaces SET tax_id = 'by another' WHERE id = $1", made.id)

    await change(made, {"name": "New", "address": None, "closed_through": None})
    await change(made, {})

    found = await Workspace.get(id=made.id)
    assert (found.name, found.address, found.closed_through) == ("New", None, None)
    assert found.tax_id == "by another"
    assert made.name == "New"


async def test_a_change_stays_in_its_workspace(database: str) -> None:
    """Two workspaces may hold the same id: keys are pairs."""
    one, other = workspace(), workspace()
    mine, theirs = job(one.id), job(other.id)
    theirs.id = mine.id
    await insert(one, other, mine, theirs)
    await change(mine, {"kind": "changed"})
    assert [one.kind for one in await Job.filter(workspace_id=other.id)] == ["test"]
