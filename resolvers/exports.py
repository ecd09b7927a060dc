"""Exports: what can be had as CSV, who may have it, and the address that it has."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.identifiers import decode_id, encode_id
from resolvers.document_links import FOLDER

EXPORTS = "exports"


class Kind(StrEnum):
    """What the rows of an export are."""

    INVOICES = "INVOICES"
    LINES = "LINES"
    PAYMENTS = "PAYMENTS"
    LEDGER = "LEDGER"


SCOPES = {
    Kind.INVOICES: "INVOICES_READ",
    Kind.LINES: "INVOICES_READ",
    Kind.PAYMENTS: "PAYMENTS_READ",
    Kind.LEDGER: "INVOICES_READ",
}
"""What reading the rows one by one would take."""

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_PATH = re.compile(
    rf"{FOLDER}/([a-z0-9_]+)/{EXPORTS}/([a-z]+)(?:-from-({_DAY}))?(?:-to-({_DAY}))?\.csv"
)


@dataclass(frozen=True, slots=True)
class Export:
    """The rows of one kind in a workspace, from a local day through another; None is no bound."""

    workspace_id: UUID
    kind: Kind
    first_on: date | None = None
    last_on: date | None = None


def path_of(export: Export) -> str:
    """The path of an export; its last part is the file's name, and says all but the workspace."""
    name = export.kind.value.lower()
    name += f"-from-{export.first_on}" if export.first_on else ""
    name += f"-to-{export.last_on}" if export.last_on else ""
    return f"{FOLDER}/{encode_id('wsp', export.workspace_id)}/{EXPORTS}/{name}.csv"


def export_at(path: str) -> Export | None:
    """The export that a path is of; None for any other path."""
    found = _PATH.fullmatch(path)
    workspace_id = decode_id("wsp", found[1]) if found else None
    if found is None or workspace_id is None or found[2].upper() not in SCOPES:
        return None
    first, last = (date.fromisoformat(day) if day else None for day in found.group(3, 4))
    return Export(workspace_id, Kind(found[2].upper()), first, last)
