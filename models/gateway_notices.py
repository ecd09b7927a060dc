"""Gateway notices: what a gateway told by callback, kept so that nothing is acted on twice."""

from datetime import datetime

from tortoise import fields

from models.tables import TenantTable


class GatewayNotice(TenantTable):
    """Known by the gateway's own id of it."""

    gateway: str = fields.TextField()
    reference: str = fields.TextField()
    kind: str = fields.TextField()
    received_at: datetime = fields.DatetimeField()

    class Meta:
        table = "gateway_notices"
