"""The one Jinja environment: HTML is escaped, and a name that isn't there is an error."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def fill(name: str, **values: object) -> str:
    """A template of `server/templates`, filled in."""
    return TEMPLATES.get_template(name).render(values)
