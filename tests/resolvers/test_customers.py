"""Customers: what they start with, how they change, and what an event tells of it."""

from uuid import UUID

from models.customers import Customer
from resolvers import customers
from resolvers.callers import Caller
from resolvers.idempotency import Once
from tests.resolvers.making import NOON, events, later, refusals

ADDRESS = {"line1": "1 Road", "city": "Berlin", "postal_code": "10115", "country": "DE"}


async def ann(caller: Caller, **given: object) -> UUID:
    return await customers.create(caller, {"name": "Ann", **given})


async def test_a_customer_needs_a_name_alone(caller: Caller) -> None:
    found = await Customer.get(id=await ann(caller, name="  Ann "))

    assert (found.name, found.version) == ("Ann", 1)
    assert (found.email_consent, found.tax_treatment) == ("UNKNOWN", "STANDARD")
    assert found.email_consent_at is None
    assert found.metadata == {}


async def test_everything_wrong_with_a_customer_is_said_at_once(caller: Caller) -> None:
    wrong = {
        "email": "ann",
        "email_consent": "MAYBE",
        "currency": "DEM",
        "locale": "german",
        "time_zone": "Berlin",
        "address": {"line1": "1 Road", "city": "Berlin", "country": "Germany"},
        "tax_id": "x" * 65,
        "tax_treatment": "FREE",
        "payment_terms_days": 3651,
        "metadata": {"k": "v" * 501},
    }
    assert await refusals(customers.create(caller, wrong)) == [
        ("REQUIRED", ("name",)),
        ("INVALID_FORMAT", ("email",)),
        ("INVALID_FORMAT", ("emailConsent",)),
        ("CURRENCY_UNSUPPORTED", ("currency",)),
        ("INVALID_FORMAT", ("locale",)),
        ("INVALID_FORMAT", ("timeZone",)),
        ("INVALID_FORMAT", ("address", "country")),
        ("TOO_LONG", ("taxId",)),
        ("INVALID_FORMAT", ("taxTreatment",)),
        ("OUT_OF_RANGE", ("paymentTermsDays",)),
        ("METADATA_LIMIT", ("metadata", "k")),
    ]
    assert await events(caller) == []


async def test_a_new_customer_is_an_event(caller: Caller) -> None:
    customer_id = await ann(caller, email="ann@example.com", address=ADDRESS, metadata={"a": "b"})

    (event,) = await events(caller)
    assert event["type"] == "customer.created"
    assert event["subject_id"] == f"cus_{customer_id.hex}"
    assert event["invoice_id"] is None
    assert event["actor"] == "key_1"
    assert event["at"] == NOON
    assert event["previous"] is None
    assert event["data"]["id"] == f"cus_{customer_id.hex}"
    assert event["data"]["address"]["postalCode"] == "10115"
    assert event["data"]["createdAt"] == "2026-06-09T12:00:00.000000Z"


async def test_only_given_fields_change_and_the_event_tells_what_they_were(
    caller: Caller,
) -> None:
    customer_id = await ann(caller, email="ann@example.com", tax_id="DE1")

    await customers.update(later(caller, hours=1), customer_id, {"email": None, "name": "Anna"})

    found = await Customer.get(id=customer_id)
    assert (found.name, found.email, found.tax_id, found.version) == ("Anna", None, "DE1", 2)
    event = (await events(caller))[-1]
    assert event["type"] == "customer.updated"
    assert event["previous"] == {
        "name": "Ann",
        "email": "ann@example.com",
        "version": 1,
        "updatedAt": "2026-06-09T12:00:00.000000Z",
    }


async def test_what_is_the_same_is_no_change(caller: Caller) -> None:
    customer_id = await ann(caller, metadata={"a": "b"}, address=ADDRESS)

    await customers.update(
        caller, customer_id, {"name": " Ann", "metadata": {"a": "b"}, "address": ADDRESS}
    )
    await customers.update(caller, customer_id, {})

    assert (await Customer.get(id=customer_id)).version == 1
    assert len(await events(caller)) == 1


async def test_null_takes_choices_back_to_their_defaults(caller: Caller) -> None:
    customer_id = await ann(caller, email_consent="GRANTED", tax_treatment="EXEMPT")
    await customers.update(
        caller, customer_id, {"email_consent": None, "tax_treatment": None, "metadata": None}
    )
    found = await Customer.get(id=customer_id)
    assert (found.email_consent, found.tax_treatment) == ("UNKNOWN", "STANDARD")


async def test_consent_carries_the_time_it_last_changed(caller: Caller) -> None:
    customer_id = await ann(caller, email_consent="GRANTED")
    assert (await Customer.get(id=customer_id)).email_consent_at == NOON

    again, withdrawn = later(caller, hours=1), later(caller, hours=2)
    await customers.update(again, customer_id, {"email_consent": "GRANTED", "name": "Anna"})
    assert (await Customer.get(id=customer_id)).email_consent_at == NOON

    await customers.update(withdrawn, customer_id, {"email_consent": "WITHDRAWN"})
    assert (await Customer.get(id=customer_id)).email_consent_at == withdrawn.now


async def test_a_change_meant_for_another_version_is_a_conflict(caller: Caller) -> None:
    customer_id = await ann(caller)
    await customers.update(caller, customer_id, {"name": "Anna"}, expected_version=1)
    conflict = [("CONFLICT", ("expectedVersion",))]

    changed = customers.update(caller, customer_id, {"name": "Anne"}, expected_version=1)
    assert await refusals(changed) == conflict
    assert await refusals(customers.archive(caller, customer_id, expected_version=1)) == conflict
    assert (await Customer.get(id=customer_id)).name == "Anna"


async def test_an_archived_customer_can_still_withdraw_consent(caller: Caller) -> None:
    customer_id = await ann(caller, email_consent="GRANTED")
    await customers.archive(caller, customer_id)
    await customers.archive(later(caller, hours=1), customer_id)

    found = await Customer.get(id=customer_id)
    assert (found.archived_at, found.version) == (NOON, 2)
    await customers.update(caller, customer_id, {"email_consent": "WITHDRAWN"})
    kinds = [event["type"] for event in await events(caller)]
    assert kinds == ["customer.created", "customer.updated", "customer.updated"]


async def test_a_repeated_creation_answers_the_same_customer(caller: Caller) -> None:
    once = Once("customerCreate", "k", {"name": "Ann"})
    first = await customers.create(caller, {"name": "Ann"}, once=once)
    assert await customers.create(caller, {"name": "Ann"}, once=once) == first
    assert len(await events(caller)) == 1
