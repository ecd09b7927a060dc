"""Credit notes: what an issued invoice is lowered by, and taken back while its money is still there."""

from resolvers.credit_notes.copies import Copy, find_copy
from resolvers.credit_notes.creating import Credited, create
from resolvers.credit_notes.inputs import LineCredit, NoteInput
from resolvers.credit_notes.voiding import void

__all__ = ["Copy", "Credited", "LineCredit", "NoteInput", "create", "find_copy", "void"]
