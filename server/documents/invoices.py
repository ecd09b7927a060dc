"""The sheet of an invoice: what its pay page shows of the snapshot, without what became of it since."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from server.documents.parties import block_of, paper_of
from server.documents.sheets import Fact, Line, Note, PayLink, Sheet, Sum, Weight
from server.documents.texts import inside, one_line, printed, qr_svg
from server.locales import Reader, reader_of
from server.pay_page import PayPageDiscount, PayPageLine, PayPageTax, PayPageView


def invoice_sheet(
    view: PayPageView, issued_at: datetime, due_on: date, pay_url: str, *, stamped: bool = False
) -> Sheet:
    """The sheet of an issued invoice, due on the day that it was issued with.

    `stamped` adds what has become of it by now: without that it is the same for good.
    """
    reader = reader_of(view.locale)
    words = _Words(view, reader, is_dense=view.has_long_numbers(reader))
    return Sheet(
        language=reader.language,
        region=reader.locale.territory,
        direction=reader.direction,
        paper=paper_of(view.customer, view.seller),
        issued_at=issued_at,
        title=reader.say("invoice"),
        number=one_line(view.number),
        seller=block_of(reader, "from", view.seller),
        customer=block_of(reader, "billed_to", view.customer),
        facts=(
            Fact(reader.say("issued"), reader.day(view.issued_on)),
            Fact(reader.say("due"), reader.day(due_on)),
        ),
        headline=Fact(reader.say("total"), words.money(view.total_minor)),
        columns=words.columns(),
        lines=tuple(map(words.line, view.lines)),
        sums=tuple(words.sums()),
        footer=reader.say("page_of", page="{page}", pages="{pages}"),
        remarks=(reader.say("reverse_charge"),) if view.is_reverse_charge else (),
        note=Note(reader.say("notes"), printed(view.notes)) if view.notes else None,
        pay=PayLink(pay_url, reader.say("pay_online"), reader.say("pay_scan"), qr_svg(pay_url)),
        warning=reader.say("test_explained") if view.is_test else None,
        stamp=reader.say(f"status_{view.display_status.lower()}") if stamped else None,
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """Parts of the sheet; it is dense where numbers are so long that they go below the descriptions."""

    view: PayPageView
    reader: Reader
    is_dense: bool

    def money(self, minor: int) -> str:
        return self.reader.money(minor, self.view.currency)

    def columns(self) -> tuple[str, ...]:
        middle = () if self.is_dense else ("quantity", "unit_price", *self._tax_column)
        return tuple(map(self.reader.say, ("description", *middle, "amount")))

    @property
    def _tax_column(self) -> tuple[str, ...]:
        return ("tax",) if self.view.has_tax_column else ()

    def line(self, line: PayPageLine) -> Line:
        numbers = [
            self.reader.quantity(line.quantity),
            self.reader.unit_price(line.unit_amount, self.view.currency),
            *([self.reader.percents(line.tax_percents)] if self._tax_column else []),
        ]
        below = [self._beside(*numbers)] if self.is_dense else []
        cells = [] if self.is_dense else [number or "–" for number in numbers]
        return Line(
            description=printed(line.description),
            details=(*below, *self._details(line)),
            cells=(*cells, self.money(line.amount_minor)),
        )

    def _beside(self, quantity: str, unit_price: str, taxes: str = "") -> str:
        price = f"{self._inside(quantity)} × {self._inside(unit_price)}"
        return f"{price} · {self.reader.say('tax')} {self._inside(taxes)}" if taxes else price

    def _details(self, line: PayPageLine) -> Iterator[str]:
        if line.period_start and line.last_day:
            yield f"{self.reader.day(line.period_start)} – {self.reader.day(line.last_day)}"
        if line.discount_minor:
            yield f"{self.reader.say('discount')} {self._inside(self.money(-line.discount_minor))}"

    def sums(self) -> Iterator[Sum]:
        view, say = self.view, self.reader.say
        yield Sum(say("subtotal"), self.money(view.subtotal_minor))
        if view.line_discount_minor:
            yield Sum(say("discount"), self.money(-view.line_discount_minor), say("items"))
        yield from map(self._discount, view.discounts)
        if not view.prices_include_tax:
            yield from (self._tax(row, "tax_on", "plain") for row in view.taxes)
        yield Sum(say("total"), self.money(view.total_minor), weight="total")
        if view.prices_include_tax:
            yield from (self._tax(row, "tax_included", "quiet") for row in view.taxes)

    def _discount(self, discount: PayPageDiscount) -> Sum:
        percent = "" if discount.percent is None else self.reader.percent(discount.percent)
        name = self._inside(one_line(discount.name or self.reader.say("discount")))
        return Sum(name, self.money(-discount.amount_minor), self._inside(percent))

    def _tax(self, row: PayPageTax, detail: str, weight: Weight) -> Sum:
        label = (
            f"{self._inside(one_line(row.name))} {self._inside(self.reader.percent(row.percent))}"
        )
        on = self.reader.say(detail, amount=self._inside(self.money(row.taxable_minor)))
        return Sum(label, self.money(row.tax_minor), on, weight)

    def _inside(self, text: str) -> str:
        return inside(text, self.reader.direction)
