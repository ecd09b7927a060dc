"""The sheet of a credit note: what it takes off each line of its invoice, with the tax."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.calendar import local_date
from models.credit_notes import CreditNoteLine
from resolvers.credit_notes import Copy
from server.documents.parties import block_of, paper_of
from server.documents.sheets import Fact, Line, Note, Sheet, Sum
from server.documents.texts import inside, one_line, printed
from server.locales import Reader, reader_of
from server.pay_page_views import party_of, tax_of

OTHER = "OTHER"


def credit_note_sheet(copy: Copy, *, stamped: bool = False) -> Sheet:
    """The sheet of a credit note; `stamped` says where it was voided since."""
    note, invoice = copy.note, copy.invoice
    reader = reader_of(invoice.buyer.get("locale"))
    words = _Words(copy, reader)
    seller, customer = party_of(invoice.seller), party_of(invoice.buyer)
    issued_on = local_date(note.issued_at, invoice.time_zone)
    return Sheet(
        language=reader.language,
        region=reader.locale.territory,
        direction=reader.direction,
        paper=paper_of(customer, seller),
        issued_at=note.issued_at,
        title=reader.say("credit_note"),
        number=one_line(note.number),
        seller=block_of(reader, "from", seller),
        customer=block_of(reader, "credited_to", customer),
        facts=(
            Fact(reader.say("date"), reader.day(issued_on)),
            Fact(reader.say("for_invoice"), one_line(invoice.number or "")),
        ),
        headline=Fact(reader.say("total_credited"), words.money(note.total_minor)),
        columns=tuple(map(reader.say, ("description", "net", "tax", "amount"))),
        lines=tuple(words.line(*line) for line in copy.lines),
        sums=tuple(words.sums()),
        footer=reader.say("page_of", page="{page}", pages="{pages}"),
        remarks=(reader.say("reverse_charge"),) if copy.is_reverse_charge else (),
        note=words.reason(),
        warning=reader.say("test_document") if copy.is_test else None,
        stamp=reader.say("status_void") if stamped and note.status == "VOID" else None,
    )


@dataclass(frozen=True, slots=True)
class _Words:
    copy: Copy
    reader: Reader

    def money(self, minor: int) -> str:
        return self.reader.money(minor, self.copy.note.currency)

    def line(self, line: CreditNoteLine, description: str) -> Line:
        amounts = (line.net_minor, line.tax_minor, line.net_minor + line.tax_minor)
        return Line(printed(description), (), tuple(map(self.money, amounts)))

    def sums(self) -> Iterator[Sum]:
        note, say = self.copy.note, self.reader.say
        yield Sum(say("subtotal"), self.money(note.subtotal_minor))
        for row in map(tax_of, note.tax_breakdown):
            name, percent = one_line(row.name), self.reader.percent(row.percent)
            yield Sum(f"{self._inside(name)} {self._inside(percent)}", self.money(row.tax_minor))
        yield Sum(say("total_credited"), self.money(note.total_minor), weight="total")

    def reason(self) -> Note | None:
        """Why: in words of ours where they say more than nothing, and in the seller's own."""
        note = self.copy.note
        ours = [] if note.reason == OTHER else [self.reader.say(f"reason_{note.reason.lower()}")]
        said = [*ours, *([printed(note.memo)] if note.memo else [])]
        return Note(self.reader.say("reason"), "\n".join(said)) if said else None

    def _inside(self, text: str) -> str:
        return inside(text, self.reader.direction)
