"""Bearer tokens: what a request carries in its Authorization header to say whose it is."""


def token_of(authorization: str) -> str | None:
    """The token that this header carries; None where it is of another scheme, or of none."""
    scheme, space, token = authorization.partition(" ")
    return token.strip() if space and scheme.lower() == "bearer" else None
