"""Proof about events: one chain a workspace, each holding the hash of all before it, none changed since."""

from resolvers.verification.checks import Check, any_of, public

_ANEW = (
    "event_hash(e.previous_hash, e.workspace_id, e.id, e.position, e.type, e.subject_id, "
    "e.invoice_id, e.data, e.previous, e.actor, e.at)"
)
_BROKEN = any_of(
    "CASE WHEN e.position > 1 AND before.id IS NULL THEN 'there is no event before it' END",
    "CASE WHEN e.previous_hash IS DISTINCT FROM before.hash AND (before.id IS NOT NULL OR "
    "e.position = 1) THEN 'what it holds of the event before it is not that one''s hash' END",
    f"CASE WHEN e.hash IS DISTINCT FROM {_ANEW} THEN 'its hash is not that of what it says' END",
)
CHAIN = f"""
SELECT e.workspace_id, {public("evt", "e.id")}, {_BROKEN}
FROM events e LEFT JOIN events before
    ON before.workspace_id = e.workspace_id AND before.position = e.position - 1
WHERE {_BROKEN} IS NOT NULL
UNION ALL
SELECT workspace_id, {public("wsp", "workspace_id")},
    format('its chain of %s events ends at %s, its head says %s', held, highest, head.position)
FROM (
    SELECT workspace_id, count(*) AS held, max(position) AS highest
    FROM events GROUP BY workspace_id
) AS told
FULL JOIN event_heads head USING (workspace_id)
LEFT JOIN events last USING (workspace_id, position)
WHERE head.position IS DISTINCT FROM coalesce(highest, 0) OR coalesce(held, 0) <> coalesce(highest, 0)
    OR last.hash IS DISTINCT FROM head.hash
"""

EVENTS = (Check("events", "events are one chain, and say what they said from the first", CHAIN),)
