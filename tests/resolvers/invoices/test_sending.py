"""Sending: the job in the same transaction, and what keeps mail from going out later."""

from models.jobs import Job
from resolvers import customers, invoices
from resolvers.callers import Caller
from resolvers.idempotency import Once
from resolvers.invoices import MAIL_JOB, invoice_of
from tests.resolvers.making import (
    NOBODY,
    NOON,
    claimed,
    counts,
    customer,
    events,
    later,
    line,
    numbers,
    refusals,
    someone,
    stored,
    types,
    wanted,
)


async def jobs(caller: Caller) -> list[Job]:
    return await Job.filter(workspace_id=caller.workspace_id).order_by("id")


async def test_a_new_invoice_is_issued_and_its_mail_promised(caller: Caller) -> None:
    invoice_id = await invoices.send(caller, invoice=wanted(await customer(caller)))

    found = await stored(invoice_id)
    assert (found.status, found.number, found.sent_at) == ("OPEN", "INV-0001", None)
    (job,) = await jobs(caller)
    assert (job.kind, job.run_at, job.attempts) == (MAIL_JOB, NOON, 0)
    assert invoice_of(job.payload) == invoice_id
    assert await types(caller) == ["invoice.finalized"]


async def test_a_draft_is_finalized_and_its_mail_promised(caller: Caller) -> None:
    draft_id = await invoices.draft(caller, wanted(await customer(caller)))
    await invoices.send(caller, draft_id, expected_version=1)
    assert (await stored(draft_id)).status == "OPEN"
    assert len(await jobs(caller)) == 1


async def test_an_issued_invoice_is_mailed_again_and_is_otherwise_the_same(
    caller: Caller,
) -> None:
    invoice_id = await invoices.send(caller, invoice=wanted(await customer(caller)))
    await invoices.send(caller, invoice_id)
    assert len(await jobs(caller)) == 2
    assert (await stored(invoice_id)).version == 1
    assert await numbers(caller) == ["INV-0001"]
    assert await types(caller) == ["invoice.finalized"]


async def test_a_paid_invoice_can_be_mailed(caller: Caller) -> None:
    free = wanted(await customer(caller), lines=(line(cents=0),))
    invoice_id = await invoices.issue(caller, free)
    await invoices.send(caller, invoice_id)
    assert len(await jobs(caller)) == 1


async def test_a_void_invoice_is_not_mailed(caller: Caller) -> None:
    invoice_id = await invoices.issue(caller, wanted(await customer(caller)))
    await invoices.void(caller, invoice_id)
    assert await refusals(invoices.send(caller, invoice_id)) == [("INVALID_TRANSITION", ())]


async def test_either_an_invoice_that_exists_or_a_new_one_is_sent(caller: Caller) -> None:
    both = invoices.send(caller, NOBODY, wanted(NOBODY))
    for act in (both, invoices.send(caller)):
        assert await refusals(act) == [("INVALID_ARGUMENT", ("id",))]


async def test_without_consent_nothing_is_sent_issued_or_numbered(caller: Caller) -> None:
    silent = await customer(caller, email_consent="WITHDRAWN")
    unreachable = await customer(caller, email=None)
    draft_id = await invoices.draft(caller, wanted(silent))
    issued_id = await invoices.issue(caller, wanted(unreachable))
    before = await counts(caller)

    new = await refusals(invoices.send(caller, invoice=wanted(silent)))
    old = await refusals(invoices.send(caller, draft_id))
    again = await refusals(invoices.send(caller, issued_id))

    assert new == [("EMAIL_CONSENT_MISSING", ("invoice", "customerId"))]
    assert old == [("EMAIL_CONSENT_MISSING", ("id",))]
    assert again == [("EMAIL_MISSING", ("id",))]
    assert await counts(caller) == before
    assert (await stored(draft_id)).status == "DRAFT"


async def test_a_repeated_send_promises_one_mail(caller: Caller) -> None:
    invoice_id = await invoices.issue(caller, wanted(await customer(caller)))
    once = Once("invoiceSend", "k", {"id": 1})
    for _ in range(2):
        assert await invoices.send(caller, invoice_id, once=once) == invoice_id
    assert len(await jobs(caller)) == 1


async def test_a_delivery_tells_what_the_mail_needs(database: str) -> None:
    caller = await someone("TEST", time_zone="Asia/Tokyo")
    customer_id = await customer(caller, locale="de")
    invoice_id = await invoices.send(caller, invoice=wanted(customer_id))
    await customers.update(
        caller, customer_id, {"email": "new@example.com", "name": "Bob", "locale": "fr"}
    )

    found = await invoices.find_delivery(caller, invoice_id)

    assert found is not None
    assert (found.to_email, found.customer_name, found.locale) == (
        "new@example.com",
        "Ann Ltd",
        "fr",
    )
    assert (found.seller_name, found.number) == ("Acme", "TEST-INV-0001")
    assert (found.total_minor, found.amount_due_minor, found.currency) == (10_000, 10_000, "USD")
    assert str(found.issued_on) == "2026-06-09"
    assert found.pay_token == (await stored(invoice_id)).pay_token
    assert found.is_test


async def test_a_delivery_is_dropped_where_it_may_not_go_out_any_more(caller: Caller) -> None:
    withdrawn, unreachable = await customer(caller), await customer(caller)
    ids = [await invoices.send(caller, invoice=wanted(c)) for c in (withdrawn, unreachable)]
    voided = await invoices.send(caller, invoice=wanted(await customer(caller)))
    await customers.update(caller, withdrawn, {"email_consent": "WITHDRAWN"})
    await customers.update(caller, unreachable, {"email": None})
    await invoices.void(caller, voided)
    draft_id = await invoices.draft(caller, wanted(await customer(caller)))

    for invoice_id in (*ids, voided, draft_id, NOBODY):
        assert await invoices.find_delivery(caller, invoice_id) is None


async def test_a_sent_invoice_carries_the_time_it_was_last_sent(caller: Caller) -> None:
    invoice_id = await invoices.send(caller, invoice=wanted(await customer(caller)))
    for hours in (1, 2):
        await invoices.mark_sent(later(caller, hours=hours), invoice_id)

    found = await stored(invoice_id)
    assert (found.sent_at, found.version) == (later(caller, hours=2).now, 3)
    assert await types(caller) == ["invoice.finalized", "invoice.sent", "invoice.sent"]
    event = (await events(caller))[-1]
    assert event["previous"]["sentAt"] == "2026-06-09T13:00:00.000000Z"
    assert event["data"]["lines"][0]["description"] == "Work"


async def test_a_mail_that_went_out_is_noted_once_and_its_job_is_done_with_it(
    caller: Caller,
) -> None:
    """Whoever notes it does so again where the answer was lost."""
    invoice_id = await invoices.send(caller, invoice=wanted(await customer(caller)))
    [job] = await claimed(caller, "invoice.mail")

    for minutes in (1, 2):
        await invoices.mark_sent(later(caller, hours=minutes / 60), invoice_id, job)

    assert await types(caller) == ["invoice.finalized", "invoice.sent"]
    assert await claimed(caller, "invoice.mail", hours=1) == []


async def test_an_invoice_that_is_gone_is_not_marked(caller: Caller) -> None:
    await invoices.mark_sent(caller, NOBODY)
    assert await types(caller) == []
