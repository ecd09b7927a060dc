"""Bodies arrive in pieces, up to a bound, and not always to their end."""

from typing import Any

import pytest

from server.bodies import BrokenOff, TooLarge, read_body

LEFT = {"type": "http.disconnect"}


class Arriving:
    """What a client sends, piece by piece; `heard` is how much of it was asked for."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self._messages = iter(messages)
        self.heard = 0

    async def __call__(self) -> dict[str, Any]:
        self.heard += 1
        return next(self._messages)


def piece(body: bytes, *, is_last: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": not is_last}


async def test_pieces_are_one_body_up_to_the_bound() -> None:
    arriving = Arriving(piece(b"ab"), piece(b""), piece(b"c", is_last=True))

    assert await read_body(arriving, 3) == b"abc"


async def test_a_request_without_a_body_has_an_empty_one() -> None:
    assert await read_body(Arriving({"type": "http.request"}), 3) == b""


async def test_no_more_is_heard_than_shows_that_it_is_too_much() -> None:
    arriving = Arriving(piece(b"ab"), piece(b"cd"), piece(b"ef", is_last=True))

    with pytest.raises(TooLarge):
        await read_body(arriving, 3)

    assert arriving.heard == 2


async def test_half_a_body_is_none() -> None:
    with pytest.raises(BrokenOff):
        await read_body(Arriving(piece(b"ab"), LEFT), 3)
