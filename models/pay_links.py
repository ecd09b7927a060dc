"""Pay links: the hash of a link's token, which finds the workspace and invoice it opens."""

from uuid import UUID

from tortoise import fields

from models.tables import Table


class PayLink(Table):
    """A credential: the one kind of row that is looked up before its workspace is known."""

    token_hash: bytes = fields.BinaryField()
    id: UUID = fields.UUIDField(primary_key=True)
    workspace_id: UUID = fields.UUIDField()
    invoice_id: UUID = fields.UUIDField()

    class Meta:
        table = "pay_links"
