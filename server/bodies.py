"""Bodies: what a request brings along, read up to a bound."""

from starlette.types import Receive


class Unread(Exception):
    """A body that is not there as a whole."""


class TooLarge(Unread):
    """More than whoever reads it takes."""


class BrokenOff(Unread):
    """Its client left before the end."""


async def read_body(receive: Receive, bytes_max: int) -> bytes:
    """The whole body of a request. Raises TooLarge as soon as there is more, and BrokenOff."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BrokenOff
        body += message.get("body", b"")
        if len(body) > bytes_max:
            raise TooLarge
        if not message.get("more_body", False):
            return bytes(body)
