"""Who calls: one workspace, what the caller may do there, and what time it is for them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.errors import Forbidden, InvalidFormat, Required

SCOPES: Final = (
    "INVOICES_READ",
    "INVOICES_WRITE",
    "PAYMENTS_READ",
    "PAYMENTS_WRITE",
    "CUSTOMERS_READ",
    "CUSTOMERS_WRITE",
    "REPORTS_READ",
    "SETTINGS_READ",
    "SETTINGS_WRITE",
)
"""Every scope, in the contract's order."""

_READ, _WRITE = "_READ", "_WRITE"
_SCOPES = ("scopes",)


@dataclass(frozen=True, slots=True)
class Caller:
    """Acts in one workspace (LIVE, or the TEST sandbox) with some scopes, at an aware UTC `now`.

    `actor` is what events name: the public id of an API key, or a process of our own. With
    `customer_id` the caller is limited to what that customer may see. `key_id` is the API key that
    it calls with, or that made its access token, which ends at `expires_at` of the clock.
    `clock_now` is what the clock said where `now` is a test clock's.
    """

    workspace_id: UUID
    mode: str
    scopes: frozenset[str]
    now: datetime
    actor: str
    customer_id: UUID | None = None
    key_id: UUID | None = None
    expires_at: datetime | None = None
    clock_now: datetime | None = None

    def at(self, now: datetime, clock_now: datetime | None = None) -> "Caller":
        """The same caller at another time: the clock's, or a test clock's when the clock says so."""
        return Caller(
            self.workspace_id,
            self.mode,
            self.scopes,
            now,
            self.actor,
            self.customer_id,
            self.key_id,
            self.expires_at,
            clock_now,
        )

    @property
    def real_now(self) -> datetime:
        """What the clock says, whatever a sandbox's own says."""
        return self.clock_now or self.now

    def has(self, scope: str) -> bool:
        """Whether the caller holds a scope; a noun's WRITE holds its READ."""
        return scope in self.scopes or scope.replace(_READ, _WRITE) in self.scopes

    @property
    def readable(self) -> list[str]:
        """The scopes of reading that the caller holds."""
        return [scope for scope in SCOPES if scope.endswith(_READ) and self.has(scope)]

    def require(self, scope: str) -> None:
        """Refuses with Forbidden (meta {scope}) a caller without this scope.

        A caller that is limited to one customer may change nothing (rules: Callers).
        """
        limited = self.customer_id is not None and scope.endswith(_WRITE)
        if limited or not self.has(scope):
            message = f"This needs the scope {scope}, which your key or token lacks."
            raise Forbidden(message, meta={"scope": scope})

    def require_key(self, to: str) -> None:
        """Refuses with Forbidden a caller by a token that ends: what it would make outlives it."""
        if self.expires_at is not None:
            raise Forbidden(f"An access token may not {to}; ask with an API key.")

    def require_unlimited(self) -> None:
        """Refuses with Forbidden a caller that is limited to one customer."""
        if self.customer_id is not None:
            raise Forbidden("A token for one customer may not do this.")


def check_grant(caller: Caller, scopes: Collection[str], to: str) -> None:
    """Refuses to give a key or token (`to`) no scope, an unknown one, or one that the caller lacks.

    Raises Required, InvalidFormat, or Forbidden with meta {scope}, at ("scopes",) (rules: Callers).
    """
    if not scopes:
        raise Required(f"A {to} needs at least one scope.", field=_SCOPES)
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise InvalidFormat(f"{unknown[0]} is no scope.", field=_SCOPES)
    lacking = [scope for scope in scopes if not caller.has(scope)]
    if lacking:
        message = f"You cannot give the scope {lacking[0]}, which you lack."
        raise Forbidden(message, field=_SCOPES, meta={"scope": lacking[0]})


def system(workspace_id: UUID, mode: str, now: datetime, actor: str = "system") -> Caller:
    """A process of our own (worker, command line), which may do all in a workspace."""
    return Caller(workspace_id, mode, frozenset(SCOPES), now, actor)
