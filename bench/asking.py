"""HTTP requests as the clients send them."""

from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True)
class Ask:
    """One HTTP request."""

    path: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def wire(self, port: int) -> bytes:
        """The bytes that go out; the connection stays open after the answer."""
        method = "POST" if self.body else "GET"
        lines = [f"{method} {self.path} HTTP/1.1", f"host: 127.0.0.1:{port}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.body:
            lines += ["content-type: application/json", f"content-length: {len(self.body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


def graphql(document: str, variables: dict[str, Any], **headers: str) -> Ask:
    """A GraphQL operation by POST."""
    body = orjson.dumps({"query": document, "variables": variables}, default=str)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Ask("/graphql", body, {"accept": "application/json", **named})
