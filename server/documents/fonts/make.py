"""Makes the fonts of documents from IBM Plex: `python server/documents/fonts/make.py`, with npm at hand.

Each is cut down to the characters that it is here for and loses what screens need alone. Its name
changes with that: the Open Font License reserves "Plex" for what IBM made.
"""

import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fontTools.subset import Options, Subsetter, save_font  # type: ignore[import-untyped]  # has no types
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # nor has this

HERE = Path(__file__).parent
FAMILY = "Billgraph Sans"
# Kerning, marks and ligatures, the forms of joining scripts, and nothing to choose by hand.
FEATURES = [
    *("ccmp", "locl", "kern", "mark", "mkmk", "liga", "rlig", "calt", "init", "medi", "fina"),
    *("isol", "akhn", "rphf", "blwf", "half", "pstf", "vatu", "cjct", "pres", "abvs", "blws"),
    *("psts", "haln", "nukt", "rkrf", "abvm", "blwm", "dist"),
]
# Names of a font by their numbers in its table: family, style, whole name, PostScript's name …
FAMILY_NAMES, WHOLE_NAMES, POSTSCRIPT_NAMES, LICENSE_NAMES = (1, 16), (3, 4), (6,), (0, 13, 14)
STYLE_NAME = 2


@dataclass(frozen=True)
class Source:
    """A package, its font's name, the script it is here for (its characters; None: all of them)."""

    package: str
    name: str
    script: str
    weights: tuple[str, ...] = ("Regular", "SemiBold")
    ranges: tuple[tuple[int, int], ...] | None = None
    folder: str = "package/fonts/complete/woff"


SOURCES = (
    Source("@ibm/plex-sans@1.1.0", "IBMPlexSans", ""),
    Source(
        "@ibm/plex-sans-arabic@1.1.0",
        "IBMPlexSansArabic",
        "Arabic",
        ranges=((0x600, 0x6FF), (0x750, 0x77F), (0x8A0, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF)),
    ),
    Source(
        "@ibm/plex-sans-hebrew@1.1.0",
        "IBMPlexSansHebrew",
        "Hebrew",
        ranges=((0x590, 0x5FF), (0xFB1D, 0xFB4F)),
    ),
    Source(
        "@ibm/plex-sans-thai@1.1.0",
        "IBMPlexSansThai",
        "Thai",
        weights=("Regular",),
        ranges=((0xE00, 0xE7F),),
    ),
    Source(
        "@ibm/plex-sans-devanagari@1.1.0",
        "IBMPlexSansDevanagari",
        "Devanagari",
        weights=("Regular",),
        ranges=((0x900, 0x97F), (0xA8E0, 0xA8FF), (0x1CD0, 0x1CFF)),
    ),
    Source(
        "@ibm/plex-sans-jp@3.0.0",
        "IBMPlexSansJP",
        "Japanese",
        weights=("Regular",),
        folder="package/fonts/complete/woff/hinted",
    ),
)


def main() -> None:
    """Writes every font beside this file."""
    with tempfile.TemporaryDirectory() as name:
        for source in SOURCES:
            folder = unpacked(source, Path(name))
            for weight in source.weights:
                write(source, weight, folder / source.folder / f"{source.name}-{weight}.woff")


def unpacked(source: Source, place: Path) -> Path:
    """The folder of a package as npm brings it."""
    packed = subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", place, source.package],  # noqa: S607 - npm is wherever it is
        check=True,
        capture_output=True,
        text=True,
    )
    folder = place / source.name
    with tarfile.open(place / packed.stdout.split()[-1]) as archive:
        archive.extractall(folder, filter="data")
    return folder


def write(source: Source, weight: str, original: Path) -> None:
    """One font, cut down and under its own name."""
    font = TTFont(original, recalcTimestamp=False)
    options = Options(
        layout_features=FEATURES,
        hinting=False,
        notdef_outline=True,
        name_IDs=["*"],
        name_languages=["*"],
    )
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=set(font.getBestCmap()) & characters(source))
    subsetter.subset(font)
    rename(font, f"{FAMILY} {source.script}".strip(), weight)
    font.flavor = None
    target = HERE / f"{FAMILY.replace(' ', '')}{source.script}-{weight}.ttf"
    save_font(font, target, options)
    print(f"{target.name}: {target.stat().st_size // 1024} KB")  # noqa: T201 - a script


def characters(source: Source) -> set[int]:
    """The characters that a font is here for."""
    if source.script == "Japanese":
        return set(japanese())
    ranges = source.ranges or ((0, 0x10FFFF),)
    return {point for first, last in ranges for point in range(first, last + 1)}


def japanese() -> Iterator[int]:
    """The characters of JIS X 0208, in rows of 94, and the halves of its kana."""
    yield from range(0xFF61, 0xFFA0)
    for row in range(0xA1, 0xF5):
        for cell in range(0xA1, 0xFF):
            try:
                yield ord(bytes([row, cell]).decode("euc_jp"))
            except UnicodeDecodeError:
                continue


def rename(font: TTFont, family: str, weight: str) -> None:
    """Gives a font its own name and keeps what its licence asks to keep."""
    postscript = f"{family.replace(' ', '')}-{weight}"
    names = font["name"]
    names.names = [record for record in names.names if record.nameID in LICENSE_NAMES]
    for number in (*FAMILY_NAMES, STYLE_NAME, 17, *WHOLE_NAMES, *POSTSCRIPT_NAMES):
        text = {
            **dict.fromkeys(FAMILY_NAMES, family),
            **dict.fromkeys(WHOLE_NAMES, f"{family} {weight}"),
            **dict.fromkeys(POSTSCRIPT_NAMES, postscript),
        }.get(number, weight)
        names.setName(text, number, 3, 1, 0x409)


if __name__ == "__main__":
    main()
