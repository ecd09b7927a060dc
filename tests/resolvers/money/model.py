"""A small model of money: what bills, payments and credit come to after each act, reckoned by hand."""

from dataclasses import dataclass, field
from uuid import UUID


@dataclass
class Bill:
    """An issued invoice, in minor units."""

    id: UUID
    payer: int
    total: int
    interest: int = 0
    paid: int = 0
    credited: int = 0
    applied: int = 0
    written_off: int = 0
    refunded: int = 0
    is_void: bool = False
    is_lost: bool = False
    was_given_up: bool = False

    @property
    def due(self) -> int:
        """What is still owed of it."""
        if self.is_void:
            return 0
        lowered = self.paid + self.credited + self.applied + self.written_off
        return self.total + self.interest - lowered

    @property
    def status(self) -> str:
        """What its amounts make of it."""
        if self.is_void:
            return "VOID"
        if self.is_lost:
            return "UNCOLLECTIBLE"
        if self.due == 0:
            return "PAID"
        return "PARTIALLY_PAID" if self.paid else "OPEN"

    @property
    def takes(self) -> int:
        """How much a payment of it may be."""
        return self.written_off if self.is_lost else self.due

    def amounts(self) -> tuple[object, ...]:
        """All that the database must say of it too."""
        return (
            self.status,
            self.due,
            self.interest,
            self.paid,
            self.credited,
            self.applied,
            self.written_off,
            self.refunded,
        )


@dataclass
class Part:
    """What a payment holds of one bill."""

    bill: Bill
    held: int


@dataclass
class Paid:
    """A payment that was settled."""

    id: UUID
    payer: int
    amount: int
    parts: list[Part]
    overpaid: int = 0
    refunded: int = 0


@dataclass
class Note:
    """A credit note, and where its amount went."""

    id: UUID
    bill: Bill
    total: int
    due: int
    loss: int
    returned: int
    moved: list[tuple[Part, int]]
    refunded: int = 0
    out_of_band: int = 0
    is_void: bool = False

    @property
    def to_credit(self) -> int:
        """What of it went to the payer's credit."""
        return self.returned + sum(minor for _, minor in self.moved)


@dataclass
class Books:
    """Everything: bills in the order in which they fall due, payments oldest first, credit by payer."""

    bills: list[Bill] = field(default_factory=list)
    payments: list[Paid] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    credit: dict[int, int] = field(default_factory=dict)

    def issued(self, bill: Bill) -> None:
        """A bill takes what credit there is."""
        bill.applied = min(self.credit[bill.payer], bill.total)
        self.credit[bill.payer] -= bill.applied
        self.bills.append(bill)

    def came_in(self, payment: Paid, placed: list[tuple[Bill, int]]) -> None:
        """Money pays bills; what is left is credit."""
        left = payment.amount
        for bill, minor in placed:
            if bill.is_lost:
                bill.written_off -= minor
                bill.is_lost = bill.written_off > 0
            bill.paid += minor
            payment.parts.append(Part(bill, minor))
            left -= minor
        payment.overpaid = left
        self.credit[payment.payer] += left
        self.payments.append(payment)

    def oldest_first(self, payer: int, amount: int) -> list[tuple[Bill, int]]:
        """Where money goes that nobody places."""
        placed = []
        for bill in self.bills:
            if bill.payer == payer and bill.status in ("OPEN", "PARTIALLY_PAID") and amount:
                minor = min(bill.due, amount)
                placed.append((bill, minor))
                amount -= minor
        return placed

    def refundable(self, payment: Paid) -> int:
        """What of a payment can still go back."""
        spare = min(payment.overpaid, self.credit[payment.payer])
        return spare + sum(part.held for part in payment.parts)

    def went_back(self, payment: Paid, amount: int) -> None:
        """A refund takes what was overpaid first, then the newest part; that is due again."""
        payment.refunded += amount
        spare = min(payment.overpaid, self.credit[payment.payer], amount)
        payment.overpaid -= spare
        self.credit[payment.payer] -= spare
        left = amount - spare
        for part in reversed(payment.parts):
            minor = min(part.held, left)
            left -= minor
            part.held -= minor
            part.bill.paid -= minor
            part.bill.refunded += minor
            if part.bill.is_lost:
                part.bill.written_off += minor

    def take(self, bill: Bill, amount: int) -> list[tuple[Paid, Part, int]]:
        """Money that leaves a bill: of its newest payment first."""
        taken = []
        for payment in reversed(self.payments):
            for part in payment.parts:
                if part.bill is bill and amount and part.held:
                    minor = min(part.held, amount)
                    part.held -= minor
                    amount -= minor
                    taken.append((payment, part, minor))
        assert amount == 0
        return taken

    def credited(self, note: Note, refund: int, to_credit: int, out_of_band: int) -> None:
        """A note lowers what is due, then what is lost; the rest goes back."""
        bill = note.bill
        bill.credited += note.total
        bill.written_off -= note.loss
        bill.is_lost = bill.is_lost and bill.written_off > 0
        note.returned = min(to_credit, bill.applied)
        bill.applied -= note.returned
        for payment, _, minor in self.take(bill, refund):
            payment.refunded += minor
        self.take(bill, out_of_band)
        note.moved = [
            (part, minor) for _, part, minor in self.take(bill, to_credit - note.returned)
        ]
        bill.refunded += refund
        bill.paid -= refund + out_of_band + to_credit - note.returned
        self.credit[bill.payer] += to_credit
        self.notes.append(note)

    def note_voided(self, note: Note) -> None:
        """All that a note moved moves back; what is owed again of a lost bill is lost again."""
        bill = note.bill
        note.is_void = True
        if bill.is_lost or (bill.status == "PAID" and bill.was_given_up):
            bill.written_off += note.total - note.to_credit
            bill.is_lost = bill.written_off > 0
        elif bill.status == "PAID":
            bill.written_off += note.loss
        bill.credited -= note.total
        bill.applied += note.returned
        for part, minor in note.moved:
            part.held += minor
            bill.paid += minor
        self.credit[bill.payer] -= note.to_credit
