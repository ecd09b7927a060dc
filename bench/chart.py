"""The result as a picture: a bar a contender, a group a measure."""

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

from bench.rounds import Score, Scores

WIDTH, LABEL_WIDTH, NUMBER_WIDTH = 760, 250, 90
BAR, GAP, GROUP_GAP = 18, 5, 30
COLORS = {
    "Billgraph": "#2f9e6e",
    "limit": "#8a94a6",
    "pgbench": "#8a94a6",
}
OTHERS = "#5b8def"
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }
"""


def svg(scores: Scores, titles: Mapping[str, str]) -> str:
    """Answers a second; within a measure, the longest bar is the fastest."""
    body, y = [], 10
    for measure, by_contender in scores.items():
        group = list(_group(titles[measure], by_contender, y))
        body += group
        y += 24 + len(by_contender) * (BAR + GAP) + GROUP_GAP - GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" role="img" '
        'aria-label="Answers a second by measure and contender">'
    )
    return "\n".join([head, f"<style>{STYLE}</style>", *body, "</svg>", ""])


def _group(title: str, by_contender: Mapping[str, Score], y: int) -> Iterator[str]:
    yield f'<text class="title" x="0" y="{y + 12}">{escape(title)}, answers/s</text>'
    most = max(score.rate for score in by_contender.values())
    ranked = sorted(by_contender.items(), key=lambda item: -item[1].rate)
    for number, (name, score) in enumerate(ranked):
        top = y + 24 + number * (BAR + GAP)
        length = max(2, round((WIDTH - LABEL_WIDTH - NUMBER_WIDTH) * score.rate / most))
        color = COLORS.get(name, OTHERS)
        yield f'<text x="12" y="{top + 13}">{escape(name)}</text>'
        yield (
            f'<rect x="{LABEL_WIDTH}" y="{top}" width="{length}" height="{BAR}" rx="3" '
            f'fill="{color}"/>'
        )
        yield f'<text x="{LABEL_WIDTH + length + 8}" y="{top + 13}">{score.rate:,.0f}</text>'
