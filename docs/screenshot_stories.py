"""What the pictures show: two sellers, whom they bill, and for what."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Story:
    """Inputs of workspaceUpdate, customerCreate and invoiceSend."""

    seller: dict[str, Any]
    customer: dict[str, Any]
    invoice: dict[str, Any]


def _line(description: str, quantity: str, price: str, **given: Any) -> dict[str, Any]:
    return {
        "description": description,
        "quantity": quantity,
        "unitAmount": {"decimal": price},
        **given,
    }


_VAT = {"taxes": [{"name": "VAT", "percent": "20"}]}
_OCTOBER = {"periodStart": "2026-10-01", "periodEnd": "2026-11-01"}

ENGLISH = Story(
    seller={
        "name": "Harbour & Finch LLP",
        "currency": "GBP",
        "taxId": "GB 123 4567 89",
        "address": {
            "line1": "12 Chancery Lane",
            "city": "London",
            "postalCode": "WC2A 1AA",
            "country": "GB",
        },
    },
    customer={
        "name": "Lovelace Engines Ltd",
        "email": "accounts@lovelace.example",
        "emailConsent": "GRANTED",
        "paymentTermsDays": 30,
        "locale": "en-GB",
        "taxId": "GB 987 6543 21",
        "address": {
            "line1": "1 Dorset Street",
            "line2": "Marylebone",
            "city": "London",
            "postalCode": "W1U 4EG",
            "country": "GB",
        },
    },
    invoice={
        "currency": "GBP",
        "lines": [
            _line(
                "Advice on licensing the analytical engine",
                "12.5",
                "240",
                discount={"percent": "5"},
                **_OCTOBER,
                **_VAT,
            ),
            _line("Court filing fee", "1", "180"),
            _line("Document storage, per page", "12400", "0.00125", **_OCTOBER, **_VAT),
            _line(
                "Review of the draft agreement with the counterparty, two rounds of comments and a "
                "call with their counsel",
                "3.25",
                "240",
                **_VAT,
            ),
        ],
        "discounts": [{"name": "Loyal client", "percent": "5"}],
        "notes": "Thank you for your trust. Please quote the invoice number with your payment.",
    },
)

ARABIC = Story(
    seller={
        "name": "مكتب الأفق للمحاماة",
        "currency": "SAR",
        "taxId": "311111111100003",
        "address": {"line1": "شارع العليا العام 7215", "city": "الرياض", "country": "SA"},
    },
    customer={
        "name": "شركة النور للتجارة",
        "email": "accounts@alnoor.example",
        "emailConsent": "GRANTED",
        "paymentTermsDays": 30,
        "locale": "ar-SA",
        "taxId": "300000000000003",
        "address": {"line1": "طريق الملك فهد 102", "city": "جدة", "country": "SA"},
    },
    invoice={
        "currency": "SAR",
        "lines": [
            _line(
                "استشارة قانونية بشأن ترخيص البرمجيات (العقد رقم 42)",
                "12.5",
                "900",
                taxes=[{"name": "ضريبة القيمة المضافة", "percent": "15"}],
                **_OCTOBER,
            ),
            _line("مراجعة اتفاقية Lovelace Engines Ltd", "3", "750"),
        ],
        "notes": "شكرًا لثقتكم. يُرجى ذكر رقم الفاتورة عند الدفع.",
    },
)
