"""Files of documents: read from the database, drawn, and named after their numbers."""

from dataclasses import dataclass
from uuid import UUID

from domain.identifiers import decode_id
from models.walls import looking_at
from resolvers import credit_notes
from resolvers.document_links import file_name
from resolvers.invoices import Copy, find_copy
from server.clock import utc_now
from server.documents.credit_notes import credit_note_sheet
from server.documents.invoices import invoice_sheet
from server.documents.printing import Printer
from server.documents.sheets import Sheet
from server.pay_page_views import view_of
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class File:
    """A PDF and what to call it."""

    name: str
    content: bytes


class Documents:
    """The documents of an installation."""

    def __init__(self, settings: Settings) -> None:
        self._printer = Printer(settings.pdf_fonts_dir)
        self._public_url = settings.public_url

    async def find(self, workspace_id: UUID, document_id: str, *, stamped: bool) -> File | None:
        """The document with a global id; None where there is none, or it is a draft."""
        with looking_at(workspace_id):
            if invoice_id := decode_id("inv", document_id):
                return await self.invoice(workspace_id, invoice_id, stamped=stamped)
            if note_id := decode_id("cn", document_id):
                return await self.credit_note(workspace_id, note_id, stamped=stamped)
        return None

    async def invoice(
        self, workspace_id: UUID, invoice_id: UUID, *, stamped: bool = False
    ) -> File | None:
        """An issued invoice: the same bytes each time, but for a stamp and a pay link made anew."""
        copy = await find_copy(workspace_id, invoice_id, utc_now())
        if copy is None:
            return None
        content = await self._printer.draw(lambda: self._invoice_sheet(copy, stamped))
        return File(file_name(copy.shared.invoice.number or ""), content)

    async def credit_note(
        self, workspace_id: UUID, note_id: UUID, *, stamped: bool = False
    ) -> File | None:
        """A credit note: the same bytes each time, but for a stamp."""
        copy = await credit_notes.find_copy(workspace_id, note_id)
        if copy is None:
            return None
        content = await self._printer.draw(lambda: credit_note_sheet(copy, stamped=stamped))
        return File(file_name(copy.note.number), content)

    def _invoice_sheet(self, copy: Copy, stamped: bool) -> Sheet:
        invoice = copy.shared.invoice
        assert invoice.issued_at is not None
        view = view_of(copy.shared, copy.shared.now)
        pay_url = f"{self._public_url}/pay/{invoice.pay_token}"
        return invoice_sheet(view, invoice.issued_at, copy.due_on, pay_url, stamped=stamped)
