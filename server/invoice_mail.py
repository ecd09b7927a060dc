"""The job that mails an invoice: judged again when it goes out, sent, and noted once it is taken."""

from dataclasses import asdict, dataclass
from typing import Self
from uuid import UUID

import structlog

from resolvers.callers import Caller
from resolvers.invoices import Delivery, find_delivery, invoice_of, mark_sent
from resolvers.jobs import Claimed
from resolvers.unsubscribing import path_of
from server.carriers import DONE
from server.documents.files import Documents, File
from server.mail import InvoiceMail, invoice_sent
from server.metrics.instruments import MAILS
from server.outside.smtp import Mailer, MailNotTaken, mailer
from server.patience import kept
from server.settings import Settings

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class InvoiceMailer:
    """Sends the mail of mail jobs."""

    mailer: Mailer
    mail_from: str
    public_url: str
    secret: bytes
    documents: Documents | None
    """What draws the PDFs to attach, where they are wanted."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The mailer that these settings name."""
        smtp_url = settings.smtp_url.get_secret_value() if settings.smtp_url else None
        return cls(
            mailer(smtp_url, settings.data_dir / "mail"),
            settings.mail_from,
            settings.public_url,
            settings.secret.encode(),
            Documents(settings) if settings.mail_attach_pdf else None,
        )

    async def carry(self, caller: Caller, job: Claimed) -> str | None:
        """Mails the job's invoice; drops the job where it must not go out any more.

        Raises MailNotTaken where the mail server did not take it: the job is tried again then.
        """
        invoice_id = invoice_of(job.payload)
        delivery = await find_delivery(caller, invoice_id)
        if delivery is None:
            log.info("a mail was dropped: its customer may not be mailed now")
            MAILS.add("dropped")
            return None
        message = invoice_sent(
            self._mail(delivery, caller),
            delivery_id=job.id,
            mail_from=self.mail_from,
            at=caller.now,
            attached=await self._attached(caller, invoice_id),
        )
        try:
            await self.mailer.send(message)
        except MailNotTaken as failure:
            MAILS.add("refused" if failure.is_final else "deferred")
            raise
        MAILS.add("sent")
        # Taken once is enough: it must not go out again because this could not be written down.
        await kept(lambda: mark_sent(caller, invoice_id, job))
        return DONE

    def _mail(self, delivery: Delivery, caller: Caller) -> InvoiceMail:
        shown = asdict(delivery)
        token, customer_id = shown.pop("pay_token"), shown.pop("customer_id")
        unsubscribe = path_of(self.secret, caller.workspace_id, customer_id)
        return InvoiceMail(
            **shown,
            pay_url=f"{self.public_url}/pay/{token}",
            unsubscribe_url=f"{self.public_url}{unsubscribe}",
        )

    async def _attached(self, caller: Caller, invoice_id: UUID) -> File | None:
        if self.documents is None:
            return None
        return await self.documents.invoice(caller.workspace_id, invoice_id)
