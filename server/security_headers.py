"""Headers that keep a page of ours to itself: no other host's code, frames, referrers or caches."""

from collections.abc import Mapping

# What any page starts from; a page adds the few sources it needs, all of them our own.
NOTHING = {
    "default-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}

# Answers to programs that are no page: nothing keeps them, nothing takes them for one.
PLAIN = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def page_headers(sources: Mapping[str, str]) -> dict[str, str]:
    """Headers of a page that may load `sources` (CSP directive -> its sources) and no more."""
    return {
        "content-security-policy": content_security_policy(sources),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }


def content_security_policy(sources: Mapping[str, str]) -> str:
    return "; ".join(
        f"{directive} {source}" for directive, source in {**NOTHING, **sources}.items()
    )
