"""The stage of a fault: a whole installation under traffic, and the clock that measures its recovery."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit
from uuid import uuid4

from pydantic import SecretStr

from domain.identifiers import decode_id
from server import provisioning
from server.settings import Settings
from tests import postbox as postboxes
from tests.faults.durable import Postgres
from tests.faults.lines import Line, line_to
from tests.faults.proof import Workplace
from tests.faults.servers import Servers, serving
from tests.faults.sizes import Size
from tests.faults.table import Row
from tests.faults.traffic import flowing
from tests.postbox import Postbox
from tests.receiver import Receiver, receiving
from tests.site import Client


@dataclass
class Stage:
    """An installation: its database, its processes, and the lines to those it tells."""

    size: Size
    postgres: Postgres
    dsn: str
    servers: Servers
    postbox: Postbox
    receiver: Receiver
    mail_line: Line
    webhook_line: Line
    database_line: Line

    async def workplace(self) -> tuple[Workplace, Client]:
        """A new workspace whose every event goes to the receiver, and who may do everything there."""
        settings = Settings(
            database_url=SecretStr(self.dsn),
            secret_key=SecretStr("k" * 32),
            data_dir=self.servers.folder,
        )
        made = await provisioning.create_workspace(
            settings, "Acme", currency="USD", time_zone="UTC", mode="LIVE"
        )
        place = decode_id("wsp", made.workspace_id)
        assert place
        client = Client(self.servers.http, f"{self.servers.url}/graphql", made.api_key)
        path = f"/{uuid4().hex}"
        url = f"http://127.0.0.1:{self.webhook_line.port}{path}"
        await client.do("webhookEndpointCreate", url=url)
        return Workplace(self.dsn, place, self.postbox, self.receiver, path), client


Step = Callable[[Stage], Awaitable[object]]


async def nothing(_: Stage) -> None:
    """Nobody has to do anything."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong, how that is done here, and what ends it: recovery counts from there."""

    name: str
    how: str
    begin: Step
    end: Step = nothing
    lasts_s: float | None = None
    """How long it lasts, where the size does not say that."""

    is_felt: bool = True
    """Whether requests go unanswered for it: then some must."""

    def __str__(self) -> str:
        return re.sub(r"\W+", "-", self.name)


async def survive(stage: Stage, fault: Fault) -> Row:
    """Has a fault under traffic as often as the size says, and proves what is left after it.

    Answers its row of the table, with the longest recovery.
    """
    place, client = await stage.workplace()
    row = Row(fault.name, fault.how)
    async with flowing(client) as traffic:
        for _ in range(stage.size.rounds):
            await fault.begin(stage)
            await asyncio.sleep(stage.size.fault_s if fault.lasts_s is None else fault.lasts_s)
            over_s = time.monotonic()
            await fault.end(stage)
            await traffic.until(1)
            row.answered(time.monotonic() - over_s)
            await traffic.until(stage.size.acknowledgements)
    assert traffic.unanswered or not fault.is_felt, "it did not happen"
    row.asked(traffic)
    await place.until_drained(stage.size.patience_s)
    row.drained(time.monotonic() - over_s)
    await place.prove(traffic)
    return row


@asynccontextmanager
async def staged(
    size: Size,
    postgres: Postgres,
    dsn: str,
    folder: Path,
    settings: Mapping[str, str] = MappingProxyType({}),
    *,
    by_line: bool = False,
) -> AsyncIterator[Stage]:
    """A stage whose servers answer; those reach the database by a line where that is asked for."""
    with postboxes.opened() as postbox:
        async with (
            receiving() as receiver,
            line_to(lambda: asyncio.open_unix_connection(postgres.socket)) as database_line,
            line_to(lambda: asyncio.open_connection("127.0.0.1", postbox.port)) as mail_line,
            line_to(lambda: asyncio.open_connection(*_place(receiver))) as webhook_line,
            serving(
                folder,
                **{
                    "DATABASE_URL": _through(database_line, dsn) if by_line else dsn,
                    "SMTP_URL": f"smtp://127.0.0.1:{mail_line.port}?starttls=0",
                    "WEBHOOK_ALLOW": "127.0.0.0/8",
                    # As many clients as one key's would be refused before long.
                    "RATE_LIMIT": "10000000",
                    "RATE_LIMIT_MAILS": "10000000",
                    **settings,
                },
            ) as servers,
        ):
            lines = (mail_line, webhook_line, database_line)
            yield Stage(size, postgres, dsn, servers, postbox, receiver, *lines)


def _through(line: Line, dsn: str) -> str:
    """A database as it is reached by a line."""
    place = urlsplit(dsn)
    return f"postgresql://{place.username}@127.0.0.1:{line.port}{place.path}"


def _place(receiver: Receiver) -> tuple[str, int]:
    return "127.0.0.1", int(receiver.address.rpartition(":")[2])
