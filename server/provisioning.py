"""Makes workspaces with a key for all of them, for whoever has the machine itself."""

from dataclasses import dataclass

from domain.identifiers import encode_id
from resolvers import api_keys, workspaces
from resolvers.callers import SCOPES, system
from server import database
from server.clock import utc_now
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Provisioned:
    """A new workspace's public id and the key's secret, which is stored nowhere."""

    workspace_id: str
    api_key: str


async def create_workspace(
    settings: Settings, name: str, *, currency: str, time_zone: str, mode: str
) -> Provisioned:
    """A workspace and a key with every scope; Refused where a value is none."""
    now = utc_now()
    async with database.connected(settings):
        made = await workspaces.create(name, now, currency=currency, time_zone=time_zone, mode=mode)
        caller = system(made, mode, now)
        key = await api_keys.create(caller, "Made on the command line", mode, SCOPES)
    assert key.secret is not None
    return Provisioned(encode_id("wsp", made), key.secret)
