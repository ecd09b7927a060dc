"""A TEST key works in the workspace's sandbox, and neither sees the other."""

from typing import Any

from tests.journeys.making import issued
from tests.site import Client, Site

EVERYTHING = ["INVOICES_WRITE", "CUSTOMERS_WRITE", "SETTINGS_WRITE"]
SEEN = """
{ viewer { mode workspace { id name currency paymentTermsDays } }
  invoices { nodes { id number } } customers { nodes { id } } apiKeys { id mode } }
"""


async def test_a_test_key_sees_the_sandbox_alone(site: Site, client: Client) -> None:
    await client.do("workspaceUpdate", name="Harbour", paymentTermsDays=7)
    real = await issued(client)
    test = await sandbox(site, client)

    trial = await issued(test)

    live_sees, test_sees = await client.ask(SEEN), await test.ask(SEEN)
    assert trial["number"] == "TEST-INV-0001"
    assert real["number"] == "INV-0001"
    assert ids(live_sees["invoices"]) == [real["id"]]
    assert ids(test_sees["invoices"]) == [trial["id"]]
    assert not set(ids(live_sees["customers"])) & set(ids(test_sees["customers"]))
    assert {key["mode"] for key in test_sees["apiKeys"]} == {"TEST"}


async def test_the_sandbox_begins_with_the_settings_of_its_workspace(
    site: Site, client: Client
) -> None:
    await client.do("workspaceUpdate", name="Harbour", paymentTermsDays=7, currency="EUR")

    viewer = (await (await sandbox(site, client)).ask(SEEN))["viewer"]

    own = (await client.ask(SEEN))["viewer"]["workspace"]
    assert viewer["mode"] == "TEST"
    assert viewer["workspace"].pop("id") != own.pop("id")
    assert viewer["workspace"] == own


async def test_two_test_keys_share_one_sandbox(site: Site, client: Client) -> None:
    first, second = await sandbox(site, client), await sandbox(site, client)

    made = await issued(first)

    assert ids((await second.ask(SEEN))["invoices"]) == [made["id"]]


async def test_a_test_key_cannot_make_a_live_one(site: Site, client: Client) -> None:
    test = await sandbox(site, client)

    refused = await test.refusals("apiKeyCreate", name="No", mode="LIVE", scopes=EVERYTHING)

    assert refused == [("FORBIDDEN", ("mode",))]


async def test_the_pay_page_of_a_trial_says_that_it_is_one(site: Site, client: Client) -> None:
    trial = await issued(await sandbox(site, client))

    page = await site.http.get(trial["publicPayUrl"])

    assert "TEST-INV-0001" in page.text
    assert "test" in page.text.lower().replace("test-inv", "")


async def sandbox(site: Site, client: Client) -> Client:
    """A client of the workspace's sandbox."""
    made = await client.do(
        "apiKeyCreate", "apiKey { mode } secret", name="Trial", mode="TEST", scopes=EVERYTHING
    )
    assert made["apiKey"]["mode"] == "TEST"
    assert made["secret"].startswith("ak_test_")
    return site.client(made["secret"])


def ids(found: Any) -> list[str]:
    return [node["id"] for node in found["nodes"]]
