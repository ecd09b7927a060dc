"""Gateways, as mutations find them: what the process was started with."""

import strawberry

from resolvers.gateways import Gateways


def gateways_of(info: strawberry.Info) -> Gateways:
    """Who takes payments in this process."""
    found = info.context.gateways
    assert isinstance(found, Gateways), "the operation's context has gateways"
    return found
