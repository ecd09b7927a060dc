"""Parties on paper: who sells and who is billed, and what size of paper they print on."""

from typing import Literal

from server.documents.sheets import Block
from server.documents.texts import inside, one_line
from server.locales import Reader
from server.pay_page import Party

# Where the paper is 8.5 by 11 inches.
LETTER = frozenset(
    ("US", "CA", "MX", "PH", "CL", "CO", "CR", "DO", "GT", "HN", "NI", "PA", "PR", "SV", "VE")
)


def block_of(reader: Reader, word: str, party: Party) -> Block:
    """A party under a heading."""
    lines = reader.address_lines(party.address) if party.address else []
    if party.tax_id:
        tax_id = inside(one_line(party.tax_id), reader.direction)
        lines = [*lines, f"{reader.say('tax_id')} {tax_id}"]
    return Block(reader.say(word), one_line(party.name), tuple(map(one_line, lines)))


def paper_of(*parties: Party) -> Literal["a4", "us-letter"]:
    """The paper of the first of these parties that has an address."""
    countries = [party.address.country for party in parties if party.address]
    return "us-letter" if countries and countries[0] in LETTER else "a4"
