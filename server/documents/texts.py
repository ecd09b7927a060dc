"""Texts as paper can carry them: no control characters, words that can break, directions that don't mix."""

import re
import unicodedata

import segno

# The longest word that any column has room for.
WORD_LENGTH_MAX = 24
LONG_WORD = re.compile(rf"\S{{{WORD_LENGTH_MAX + 1},}}")
SVG = "http://www.w3.org/2000/svg"
ZERO_WIDTH_SPACE = "\u200b"
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
RIGHT_TO_LEFT = ("R", "AL")


def printed(text: str) -> str:
    """A text that somebody wrote: line breaks stay, other controls go, overlong words may break."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    return "\n".join(LONG_WORD.sub(_breakable, _without_controls(line)) for line in lines)


def one_line(text: str) -> str:
    """The same on one line."""
    return " ".join(printed(text).split())


def inside(text: str, direction: str) -> str:
    """A text within words that run in a direction (ltr or rtl): it keeps to itself where it runs otherwise."""
    runs_along = direction == "ltr" and not any(map(_is_right_to_left, text))
    return text if runs_along else f"{FIRST_STRONG_ISOLATE}{text}{POP_ISOLATE}"


def qr_svg(url: str) -> str:
    """A QR code as SVG, with the quiet zone that scanners need left to the paper around it."""
    inline = segno.make_qr(url, error="m").svg_inline(border=0)
    return inline.replace("<svg", f'<svg xmlns="{SVG}"', 1)


def _without_controls(line: str) -> str:
    return "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in line)


def _breakable(word: re.Match[str]) -> str:
    """The word with a place to break before each letter that stands by itself."""
    return "".join(
        sign if _clings(sign) else f"{ZERO_WIDTH_SPACE}{sign}" for sign in word[0]
    ).removeprefix(ZERO_WIDTH_SPACE)


def _clings(sign: str) -> bool:
    """Whether a character belongs to the one before it: a mark, or a letter of a joining script."""
    return unicodedata.category(sign) in ("Mn", "Mc", "Me", "Cf") or _is_right_to_left(sign)


def _is_right_to_left(sign: str) -> bool:
    return unicodedata.bidirectional(sign) in RIGHT_TO_LEFT
