"""The payment gateways that the settings name."""

from resolvers.gateways import Gateway, Gateways
from server.outside.sandbox import SandboxGateway
from server.outside.stripe_gateway import StripeGateway
from server.settings import Settings


def gateways_of(settings: Settings) -> Gateways:
    """Who takes payments: for TEST workspaces always the sandbox."""
    sandbox = SandboxGateway(settings.secret.encode(), settings.public_url)
    return Gateways(live=_live(settings) or sandbox, test=sandbox)


def _live(settings: Settings) -> Gateway | None:
    key, secret = settings.stripe_api_key, settings.stripe_webhook_secret
    if settings.gateway != "stripe" or key is None or secret is None:
        return None
    return StripeGateway(
        key.get_secret_value(),
        secret.get_secret_value(),
        settings.public_url,
        settings.stripe_api_base,
    )
