"""The worker carries out what transactions promised: once if it can, again if it must, never half."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from models.connections import rows
from models.writes import insert
from resolvers import jobs
from resolvers.callers import Caller
from resolvers.jobs import ATTEMPTS_MAX, Claimed
from server import slots, worker
from server.carriers import LATER, Carry
from tests.journeys.making import customer, wanted
from tests.ports import free_port
from tests.postbox import Postbox
from tests.postgres import as_owner, end_all_others
from tests.resolvers.making import someone
from tests.site import Client, Site, working

PATIENCE_S = 60

LEASED_UNTIL = "SELECT leased_until FROM jobs WHERE workspace_id = $1 AND id = $2"
TAKE_AWAY = "UPDATE jobs SET lease_token = $3 WHERE workspace_id = $1 AND id = $2"


async def test_two_workers_share_the_mails_and_each_goes_out_once(
    site: Site, client: Client, postbox: Postbox
) -> None:
    emails = [f"share{place}@example.com" for place in range(30)]
    sent = [await send(client, email) for email in emails]

    async with working(site.settings), working(site.settings):
        await asyncio.gather(*(until(is_done, invoice_id) for invoice_id in sent))

    assert [len(postbox.to(email)) for email in emails] == [1] * 30
    assert await sent_at(client, sent[0])
    assert {(await job_of(invoice_id))["attempts"] for invoice_id in sent} == {1}


async def test_a_mail_server_that_is_down_is_tried_again_later(
    site: Site, client: Client, postbox: Postbox
) -> None:
    invoice_id = await send(client, "patient@example.com")
    nowhere = SecretStr(f"smtp://127.0.0.1:{free_port()}")

    async with working(site.settings.model_copy(update={"smtp_url": nowhere})):
        await until(has_failed, invoice_id)

    job = await job_of(invoice_id)
    assert job["run_at"] > datetime.now(UTC)
    assert (job["dead_at"], job["done_at"], job["lease_token"]) == (None, None, None)
    assert "MailNotTaken" in job["last_error"]
    assert await sent_at(client, invoice_id) is None

    await make_due(invoice_id)
    async with working(site.settings):
        await postbox.first("patient@example.com")
    assert await sent_at(client, invoice_id)
    assert (await job_of(invoice_id))["attempts"] == 2


async def test_a_recipient_that_is_unknown_for_good_is_not_tried_again(
    site: Site, client: Client, postbox: Postbox
) -> None:
    postbox.answers["gone@example.com"] = "550 no such mailbox"
    invoice_id = await send(client, "gone@example.com")

    async with working(site.settings):
        await until(is_dead, invoice_id)

    job = await job_of(invoice_id)
    assert job["attempts"] == 1
    assert "550" in job["last_error"]
    assert await sent_at(client, invoice_id) is None


async def test_a_recipient_that_is_busy_is_tried_again(
    site: Site, client: Client, postbox: Postbox
) -> None:
    postbox.answers["busy@example.com"] = "451 try later"
    invoice_id = await send(client, "busy@example.com")
    async with working(site.settings):
        await until(has_failed, invoice_id)
        del postbox.answers["busy@example.com"]
        await make_due(invoice_id)
        await postbox.first("busy@example.com")

    assert await sent_at(client, invoice_id)


async def test_a_mail_keeps_its_message_id_however_often_it_is_tried(
    site: Site, client: Client, postbox: Postbox
) -> None:
    """So that a mail program shows a mail once that went out twice."""
    invoice_id = await send(client, "twice@example.com")
    async with working(site.settings):
        await until(is_done, invoice_id)
        await rows("UPDATE jobs SET done_at = NULL WHERE id = $1", (await job_of(invoice_id))["id"])
        await until(is_done, invoice_id)

    assert len({mail["Message-ID"] for mail in postbox.to("twice@example.com")}) == 1


async def test_a_worker_that_is_told_to_stop_finishes_what_it_has_in_hand(
    site: Site, client: Client, postbox: Postbox
) -> None:
    postbox.held["slow@example.com"] = go_on = threading.Event()
    invoice_id = await send(client, "slow@example.com")

    async with working(site.settings):
        await until(is_leased, invoice_id)
        assert postbox.to("slow@example.com") == []
        asyncio.get_running_loop().call_later(0.5, go_on.set)

    assert len(postbox.to("slow@example.com")) == 1
    assert await sent_at(client, invoice_id)
    assert await is_done(invoice_id)


async def test_a_worker_outlives_the_connections_that_it_had(
    site: Site, client: Client, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slots, "POLL_AFTER_FAULT_S", 0.1)
    monkeypatch.setattr(slots, "POLL_S", 0.01)

    administrator = await as_owner(site.settings.dsn)
    async with working(site.settings):
        for _ in range(5):
            await end_all_others(administrator)
            await asyncio.sleep(0.05)
        await send(client, "survivor@example.com")
        await postbox.first("survivor@example.com")
    await administrator.close()


async def test_a_job_that_always_fails_ends_dead_with_its_error(database: str) -> None:
    async def fail(caller: Caller, job: Claimed) -> None:
        raise ZeroDivisionError(f"attempt {job.attempts} \x00")

    job_id = await promise("test.fail")
    for _ in range(ATTEMPTS_MAX):
        await carry_out("test.fail", fail)
        await rows("UPDATE jobs SET run_at = now() WHERE id = $1", job_id)

    [job] = await rows("SELECT * FROM jobs WHERE id = $1", job_id)
    assert job["dead_at"]
    assert job["attempts"] == ATTEMPTS_MAX
    assert job["last_error"] == f"ZeroDivisionError: attempt {ATTEMPTS_MAX} "
    assert await jobs.claim(datetime.now(UTC), 1, ("test.fail",)) == []


async def test_a_job_that_has_to_wait_comes_back_then_however_often(database: str) -> None:
    """A payer may take their time: that is no failure, and does not end it."""

    async def wait(caller: Caller, job: Claimed) -> None:
        raise jobs.NotYet(datetime.now(UTC) + timedelta(minutes=5))

    job_id = await promise("test.wait")
    for _ in range(ATTEMPTS_MAX + 2):
        await carry_out("test.wait", wait)
        [job] = await rows("SELECT * FROM jobs WHERE id = $1", job_id)
        assert (job["attempts"], job["dead_at"], job["last_error"]) == (0, None, None)
        assert timedelta(minutes=4) < job["run_at"] - datetime.now(UTC) <= timedelta(minutes=5)
        await rows("UPDATE jobs SET run_at = now() WHERE id = $1", job_id)


async def test_a_job_is_held_as_long_as_the_work_lasts(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RENEW_S", 0.02)
    held: list[datetime] = []

    async def dawdle(caller: Caller, job: Claimed) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while len(set(held)) < 2:
                [row] = await rows(LEASED_UNTIL, job.workspace_id, job.id)
                held.append(row["leased_until"])
                await asyncio.sleep(0.02)

    await promise("test.dawdle")
    await carry_out("test.dawdle", dawdle)

    assert held[0] < held[-1]


async def test_work_ends_when_another_has_the_job_and_the_worker_goes_on(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "RENEW_S", 0.02)
    ends: list[str] = []

    async def wait(caller: Caller, job: Claimed) -> None:
        await rows(TAKE_AWAY, job.workspace_id, job.id, uuid4())
        try:
            await asyncio.sleep(PATIENCE_S)
        except asyncio.CancelledError:
            ends.append("cancelled")
            raise

    job_id = await promise("test.lost")
    await carry_out("test.lost", wait)

    [job] = await rows("SELECT * FROM jobs WHERE id = $1", job_id)
    assert ends == ["cancelled"]
    assert (job["done_at"], job["dead_at"], job["last_error"]) == (None, None, None)


async def test_a_job_whose_carrier_has_kept_what_became_of_it_is_left_alone(database: str) -> None:
    async def keep(caller: Caller, job: Claimed) -> str:
        return LATER

    job_id = await promise("test.kept")
    await carry_out("test.kept", keep)

    [job] = await rows("SELECT * FROM jobs WHERE id = $1", job_id)
    assert (job["done_at"], job["dead_at"]) == (None, None)
    assert job["lease_token"]


async def promise(kind: str) -> Any:
    """The id of a new job of a kind that only one test has."""
    caller = await someone()
    job = jobs.promised(caller.workspace_id, kind, {}, datetime.now(UTC))
    await insert(job)
    return job.id


async def carry_out(kind: str, carry: Carry) -> None:
    [job] = await jobs.claim(datetime.now(UTC), 1, (kind,))
    await worker.carry_out(job, carry)


async def send(client: Client, email: str) -> str:
    """The id of an invoice whose mail waits for a worker."""
    someone = await customer(client, email=email)
    invoice = await wanted(client, customerId=someone)
    sent = await client.do("invoiceSend", "invoice { id }", invoice=invoice)
    return str(sent["invoice"]["id"])


async def sent_at(client: Client, invoice_id: str) -> Any:
    document = "query($id: ID!) { invoice(id: $id) { sentAt } }"
    return (await client.ask(document, id=invoice_id))["invoice"]["sentAt"]


async def job_of(invoice_id: str) -> dict[str, Any]:
    [job] = await rows("SELECT * FROM jobs WHERE payload ->> 'invoice' = $1", invoice_id)
    return job


async def make_due(invoice_id: str) -> None:
    """Moves the clock on, as it were."""
    await rows("UPDATE jobs SET run_at = now() WHERE payload ->> 'invoice' = $1", invoice_id)


async def until(holds: Callable[[str], Awaitable[bool]], invoice_id: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await holds(invoice_id):  # noqa: ASYNC110 - the database is what is waited for
            await asyncio.sleep(0.02)


async def is_done(invoice_id: str) -> bool:
    return (await job_of(invoice_id))["done_at"] is not None


async def is_dead(invoice_id: str) -> bool:
    return (await job_of(invoice_id))["dead_at"] is not None


async def is_leased(invoice_id: str) -> bool:
    return (await job_of(invoice_id))["lease_token"] is not None


async def has_failed(invoice_id: str) -> bool:
    return (await job_of(invoice_id))["last_error"] is not None
