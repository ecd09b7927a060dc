"""Credit notes: what an issued invoice is lowered by, and taken back while its money is still there."""

from resolvers.credit_notes.creating import Credited, create
from resolvers.credit_notes.inputs import LineCredit, NoteInput
from resolvers.credit_notes.voiding import void

__all__ = ["Credited", "LineCredit", "NoteInput", "create", "void"]
