"""Events: one row in the transaction of each change, read by history, webhooks and live updates."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tortoise import fields

from models.tables import Insertion, TenantTable, listed
from models.webhooks import delivered


class Event(TenantTable):
    """What happened to which object, as it was right after and, where it changed, before.

    Each follows the one before it in its workspace, in the order of their commits, and holds its hash.
    """

    position: int = fields.BigIntField()
    previous_hash: bytes | None = fields.BinaryField(null=True)

    type: str = fields.TextField()
    subject_id: str = fields.TextField()
    invoice_id: UUID | None = fields.UUIDField(null=True)
    data: Any = fields.JSONField()
    previous: Any = fields.JSONField(null=True)
    actor: str = fields.TextField()
    at: datetime = fields.DatetimeField()

    class Meta:
        table = "events"

    @classmethod
    def insertion(cls, parameter: str) -> Insertion:
        """Chains new events of one workspace to its last one, whose place it holds until commit.

        So their positions are in the order of their commits, and nobody who reads in that order
        misses one. It comes last in an act: others wait for its commit from here on.
        """
        columns = [name for name in cls._meta.fields_db_projection if name not in _PLACE]
        return Insertion(
            f"INSERT INTO events ({listed([*_PLACE, *columns])}) SELECT chained.place, "
            f"chained.previous_hash, {listed(f'given.{name}' for name in columns)} "
            "FROM chained JOIN given_events AS given USING (nth)",
            {
                "given_events": _GIVEN.format(parameter=parameter),
                "head": _HEAD,
                "chained": _CHAINED,
                "moved_head": _MOVED,
                **delivered("given_events"),
            },
        )


class EventHead(TenantTable):
    """Where a workspace's chain of events ends; its id is its workspace_id. Locked last, until commit."""

    position: int = fields.BigIntField()
    hash: bytes | None = fields.BinaryField(null=True)

    class Meta:
        table = "event_heads"


_PLACE = ("position", "previous_hash")
_GIVEN = """
SELECT row_number() OVER () AS nth, given.*
FROM json_populate_recordset(NULL::events, {parameter}::json) AS given
"""
_HEAD = """
SELECT workspace_id, position, hash FROM event_heads
WHERE workspace_id = (SELECT workspace_id FROM given_events LIMIT 1) FOR NO KEY UPDATE
"""
_CHAINED = """
SELECT 0::bigint AS nth, position AS place, NULL::bytea AS previous_hash, hash FROM head
UNION ALL
SELECT given.nth, chained.place + 1, chained.hash, event_hash(chained.hash, given.workspace_id,
    given.id, chained.place + 1, given.type, given.subject_id, given.invoice_id, given.data,
    given.previous, given.actor, given.at)
FROM chained JOIN given_events AS given ON given.nth = chained.nth + 1
"""
_MOVED = """
UPDATE event_heads AS held SET position = last.place, hash = last.hash
FROM (SELECT place, hash FROM chained ORDER BY nth DESC LIMIT 1) AS last
WHERE held.workspace_id = (SELECT workspace_id FROM head)
"""
