"""What the processes say for machines: every line is JSON, says whose it is, and holds no secret."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import httpx2
import pytest

from server.settings import CHECKOUT
from tests.journeys.making import customer, wanted
from tests.ports import free_port
from tests.postgres import Cluster
from tests.server.running import Running, serving_meanwhile, started
from tests.site import Client

PATIENCE_S = 60
PLANTED = "pL4nt3d"
DSN, SMTP, KEY, TOKEN, TEXT, COOKIE, LINK, SECRET = (
    f"{PLANTED}{name}" for name in ("Dsn", "Smtp", "Key", "Token", "Text", "Cookie", "Link", "Own")
)


def lines(server: Running) -> list[dict[str, Any]]:
    """Every line, and each of them is JSON."""
    return [json.loads(line) for line in server.said().splitlines()]


def with_secrets(dsn: str) -> dict[str, str]:
    """The settings of a server whose mail server is away."""
    return {
        "DATABASE_URL": dsn,
        "SECRET_KEY": SECRET * 4,
        "SMTP_URL": f"smtp://mailer:{SMTP}@127.0.0.1:{free_port()}",
        "METRICS_TOKEN": f"{TOKEN} of metrics",
        "PYTHONWARNINGS": "always",
    }


@pytest.mark.timeout(240)
async def test_every_line_is_json_says_whose_it_is_and_holds_no_secret(
    postgres: Cluster, tmp_path: Path
) -> None:
    async with postgres.migrated() as plain:
        dsn = with_password(plain)
        async with (
            serving_meanwhile(tmp_path, **with_secrets(dsn)) as server,
            httpx2.AsyncClient(timeout=60) as http,
        ):
            client = Client(http, f"{server.url}/graphql", await key_of(dsn, tmp_path))
            await ask_for_trouble(client, server.url)
            await fail_to_mail(client)
            await until_said(server, "a job failed")
            await break_a_table(plain, client)
        said = lines(server)

    assert PLANTED not in server.said()
    assert client.key is not None
    assert client.key not in server.said()
    by_event = {line["event"]: line for line in said}
    of_trouble = [line for line in said if line.get("request_id") == "trouble-7"]
    # One that dragged leaves a line of its own besides.
    [fault] = [line for line in of_trouble if line["event"] != "request"]
    assert fault["event"] == "a field failed"
    assert fault["workspace_id"].startswith("wsp_")
    assert "Traceback" in fault["exception"]
    assert by_event["a job failed"]["workspace_id"].startswith("wsp_")
    assert UUID(by_event["a job failed"]["job"])
    assert {line["event"] for line in said} >= {"request", f"Listening on {server.url}"}
    for line in said:
        assert {"event", "level", "timestamp"} <= line.keys()


@pytest.mark.parametrize(
    "settings",
    [
        {"DATABASE_URL": f"mysql://u:{DSN}@db/x"},
        {"DATABASE_URL": f"postgresql://u:{DSN}@127.0.0.1:1/x", "SECRET_KEY": SECRET * 4},
        {"SMTP_URL": f"http://u:{SMTP}@mail"},
    ],
)
def test_what_keeps_it_from_starting_is_said_likewise(
    settings: dict[str, str], tmp_path: Path
) -> None:
    with started(tmp_path, "serve", **settings) as server:
        try:
            status = server.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:  # it may wait for a database that is away
            status, _ = server.stop()

    assert status != 0
    assert PLANTED not in server.said()
    assert lines(server)
    assert all("event" in line for line in lines(server))


def with_password(dsn: str) -> str:
    """The DSN with a password, which nobody asks for, unless it has one."""
    parts = urlsplit(dsn)
    if parts.password or "@" not in parts.netloc:
        return dsn
    user, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{DSN}@{host}"))


async def key_of(dsn: str, folder: Path) -> str:
    """The key of a new workspace, made by the command for it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "workspace", "create", "--name", "Acme", "--json"),
        cwd=CHECKOUT,
        env={**os.environ, "DATABASE_URL": dsn, "SECRET_KEY": SECRET * 4, "DATA_DIR": str(folder)},
        stdout=subprocess.PIPE,
    )
    written, _ = await process.communicate()
    key: str = json.loads(written)["apiKey"]
    return key


async def ask_for_trouble(client: Client, url: str) -> None:
    """Requests that fail, each with a secret in it."""
    http = client.http
    await http.post(client.url, json={"query": "{"}, headers={"authorization": f"Bearer {KEY}"})
    await http.post(client.url, content=f'{{"query": "{TEXT}'.encode(), headers={"x-api-key": KEY})
    for document in (f"{{ {TEXT}", f'{{ viewer {{ mode }} node(id: "{TEXT}") {{ {TEXT} }} }}'):
        await client.answer(document, text=TEXT)
    await client.answer(
        "mutation($input: CustomerAddPaymentMethodInput!) "
        "{ customerAddPaymentMethod(input: $input) { userErrors { code } } }",
        input={"customerId": TEXT, "gatewayToken": TOKEN},
    )
    await http.get(f"{client.url}?query={TEXT}&apiKey={KEY}", headers={"cookie": f"a={COOKIE}"})
    await http.get(f"{url}/pay/{LINK}")
    await http.get(f"{url}/files/wsp_1/inv_1/a.pdf?signature={LINK}")
    await http.get(f"{url}/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    await http.post(f"{url}/callbacks/stripe", content=TEXT, headers={"stripe-signature": KEY})


async def fail_to_mail(client: Client) -> None:
    buyer = await customer(client, name=TEXT, email=f"{TEXT}@example.com")
    await client.do("invoiceSend", invoice=await wanted(client, customerId=buyer))


async def break_a_table(dsn: str, client: Client) -> None:
    administrator = await asyncpg.connect(dsn)
    try:
        await administrator.execute("ALTER TABLE customers RENAME TO hidden")
        document = "query($text: String!) { customers(filter: { search: $text }) { totalCount } }"
        asked = {"query": "{ customers { totalCount } }"}
        await client.post(asked, x_request_id="trouble-7")
        await client.answer(document, text=TEXT)
        await client.answer(
            "mutation($input: CustomerCreateInput!) "
            "{ customerCreate(input: $input) { userErrors { code } } }",
            input={"name": TEXT, "email": f"{TEXT}@example.com"},
        )
    finally:
        await administrator.close()


async def until_said(server: Running, event: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while event not in server.said():  # noqa: ASYNC110 - a process is waited for
            await asyncio.sleep(0.05)
