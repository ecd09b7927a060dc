"""What a run writes into a page replaces what an earlier one wrote, and nothing else."""

from pathlib import Path

import pytest

from bench.page_parts import PagePart


def test_a_part_is_written_anew_and_the_rest_of_its_page_stays(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# Page\n\n<!-- a -->\n\nold\n\n<!-- end -->\n\n<!-- b -->\n\nkept\n\n<!-- end -->\n"
    )
    part = PagePart(page, "<!-- a -->", "<!-- end -->")

    part.write(["new", r"\1"])
    part.write(["newer", r"\1"])

    assert page.read_text() == (
        "# Page\n\n<!-- a -->\n\nnewer\n\\1\n\n<!-- end -->\n\n<!-- b -->\n\nkept\n\n<!-- end -->\n"
    )


def test_a_page_without_the_part_is_left_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n")

    with pytest.raises(ValueError, match="unpack"):
        PagePart(page, "<!-- a -->", "<!-- end -->").write(["new"])

    assert page.read_text() == "# Page\n"
