"""The welcome: where GraphiQL is, with which key, and how long it took to get there."""

import io
import re
import time

import pytest
from pydantic import SecretStr
from rich.console import Console

from server import welcome

DEMO = welcome.Demo("wsp_1", SecretStr("ak_live_shown_once"))


def shown() -> str:
    written = io.StringIO()
    welcome.show(DEMO, "http://127.0.0.1:8000", Console(file=written, width=100))
    return written.getvalue()


def test_it_names_graphiql_and_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(welcome.TYPED, raising=False)

    assert "http://127.0.0.1:8000/graphql" in shown()
    assert "ak_live_shown_once" in shown()
    assert "Ready" not in shown()


def test_it_says_how_long_the_way_from_make_run_was(monkeypatch: pytest.MonkeyPatch) -> None:
    typed_s = int(time.time()) - 90
    monkeypatch.setenv(welcome.TYPED, str(typed_s))

    said = re.search(r"(\d+) s after you typed make run", shown())

    assert said
    assert 90 <= int(said[1]) <= round(time.time() - typed_s)
