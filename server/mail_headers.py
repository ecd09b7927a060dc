"""Headers of mail as they go out: texts of people as RFC 2047 words, written once and never read on their way."""

import re
from base64 import b64encode
from email.policy import EmailPolicy
from typing import Any

# Longer ones are written as words, which may be folded anywhere.
PLAIN_LENGTH_MAX = 60
WORD_BYTES_MAX = 45
PLAIN = re.compile(r"[ -~]*", re.ASCII)
ATOMS = re.compile(r"[\w!#$%&'*+/=?^`{|}~ -]*", re.ASCII)
DOT_ATOM = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
BARE_ADDRESS = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+")
# Where a mail program begins to read a word in what was meant as it stands.
WORD_BEGINS = "=?"
FOLD = "\r\n "


class Written(str):
    """A header's value as it goes out, folded where it is long."""

    __slots__ = ()


class HeadersAsWritten(EmailPolicy):
    """Keeps what is Written as it is.

    The library would read it first: it took the words in `=?utf-8?q?=0D=0ABcc:...?=` for what they
    stand for, and wrote that out as a header of its own. A long address in angle brackets it would
    make a word, which no program takes for an address.
    """

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        """The header as it is kept."""
        return (
            (name, str(value))
            if isinstance(value, Written)
            else super().header_store_parse(name, value)
        )


# Written by this alone, a mail is ASCII, so that any server can take it.
POLICY = HeadersAsWritten(linesep="\r\n", cte_type="7bit", refold_source="none")


def text(given: str) -> Written:
    """A text such as a subject; it is one line."""
    return Written(given if _is_plain(given) else _words(given))


def mailbox(name: str, email: str) -> Written:
    """A name and its e-mail address; raises ValueError where it is none."""
    spec = f"<{address(email)}>"
    return Written(f"{_phrase(name)} {spec}" if name else spec)


def address(email: str) -> str:
    """A bare e-mail address as programs read it: ASCII, and odd dots in quotes.

    Raises ValueError where it is none.
    """
    local, _, domain = email.rpartition("@")
    if not BARE_ADDRESS.fullmatch(email) or not PLAIN.fullmatch(local):
        raise ValueError(f"{email!r} is no e-mail address")
    return f"{local if DOT_ATOM.fullmatch(local) else _quoted(local)}@{_ascii(domain)}"


def verbatim(given: str) -> Written:
    """Something of ours that needs no care, such as a URL."""
    return Written(given)


def _ascii(domain: str) -> str:
    return domain if domain.isascii() else domain.encode("idna").decode("ascii")


def _phrase(name: str) -> str:
    if not _is_plain(name):
        return _words(name)
    return name if ATOMS.fullmatch(name) else _quoted(name)


def _quoted(given: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", given) + '"'


def _is_plain(given: str) -> bool:
    return (
        len(given) <= PLAIN_LENGTH_MAX
        and PLAIN.fullmatch(given) is not None
        and WORD_BEGINS not in given
    )


def _words(given: str) -> str:
    """Encoded words of whole characters, each short enough for a line of its own."""
    words, taken = [], b""
    for sign in given:
        encoded = sign.encode()
        if len(taken) + len(encoded) > WORD_BYTES_MAX:
            words.append(taken)
            taken = b""
        taken += encoded
    return FOLD.join(f"=?utf-8?b?{b64encode(word).decode()}?=" for word in (*words, taken))
