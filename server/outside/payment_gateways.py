"""The payment gateways that the settings name."""

from resolvers.gateways import Gateways
from server.outside.sandbox import SandboxGateway
from server.settings import Settings


def gateways_of(settings: Settings) -> Gateways:
    """Who takes payments: for TEST workspaces always the sandbox."""
    sandbox = SandboxGateway(settings.secret.encode(), settings.public_url)
    return Gateways(live=sandbox, test=sandbox)
