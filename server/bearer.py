"""Bearer tokens: what a request carries in its Authorization header to say whose it is."""

SCHEME = "bearer "


def token_of(authorization: str) -> str | None:
    """The token that this header carries; None where it is of another scheme, or of none."""
    if authorization[: len(SCHEME)].lower() != SCHEME:
        return None
    return authorization[len(SCHEME) :].strip()
