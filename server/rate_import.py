"""Keeps published exchange rates in the tables of workspaces, for whoever has the machine itself."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.errors import NotFound
from domain.identifiers import decode_id
from models.connections import rows
from models.walls import EVERY_WORKSPACE, looking_at
from resolvers import fx_rates
from resolvers.rate_sources import PublishedRates
from server import database
from server.clock import utc_now
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rates were published, in how many workspaces, and how many were new there."""

    published: int
    workspaces: int
    added: int


async def import_rates(
    settings: Settings, source: PublishedRates, workspace_ids: list[str]
) -> Imported:
    """Imports a publication into these workspaces, or into all; again and again as one likes.

    Raises NotFound for a workspace that there is not.
    """
    async with database.connected(settings):
        homes = [await _known(one) for one in workspace_ids] or await _all()
        now = utc_now()
        added = [await _kept(home, source, now) for home in homes]
    return Imported(len(source.all), len(homes), sum(added))


async def _kept(home: UUID, source: PublishedRates, now: datetime) -> int:
    with looking_at(home):
        return await fx_rates.keep(home, source.all, now)


async def _known(public_id: str) -> UUID:
    workspace_id = decode_id("wsp", public_id)
    if workspace_id is None or workspace_id not in await _all():
        raise NotFound(f"There is no workspace {public_id}.")
    return workspace_id


async def _all() -> list[UUID]:
    with looking_at(EVERY_WORKSPACE):
        return [row["id"] for row in await rows("SELECT id FROM workspaces ORDER BY id")]
