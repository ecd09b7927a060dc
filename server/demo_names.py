"""Who and what the demo's invoices are about: invented customers of an invented law firm."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Place:
    """Where customers live: how they are addressed, taxed and paid by."""

    country: str
    city: str
    postal_code: str
    currency: str
    time_zone: str
    locale: str
    taxes: tuple[tuple[str, Decimal], ...]
    # What an hour costs there, in major units.
    hour: int


PLACES = {
    "Austin": Place(
        "US", "Austin", "78701", "USD", "America/Chicago", "en-US", (("TX", Decimal("8.25")),), 320
    ),
    "Boston": Place(
        "US", "Boston", "02110", "USD", "America/New_York", "en-US", (("MA", Decimal("6.25")),), 410
    ),
    "London": Place(
        "GB", "London", "EC2A 4NE", "GBP", "Europe/London", "en-GB", (("VAT", Decimal(20)),), 290
    ),
    "Berlin": Place(
        "DE", "Berlin", "10115", "EUR", "Europe/Berlin", "de-DE", (("USt", Decimal(19)),), 260
    ),
    "Lyon": Place(
        "FR", "Lyon", "69002", "EUR", "Europe/Paris", "fr-FR", (("TVA", Decimal(20)),), 240
    ),
    "Osaka": Place(
        "JP", "大阪市", "530-0001", "JPY", "Asia/Tokyo", "ja-JP", (("消費税", Decimal(10)),), 38000
    ),
    "Zürich": Place(
        "CH", "Zürich", "8001", "CHF", "Europe/Zurich", "de-CH", (("MWST", Decimal("8.1")),), 380
    ),
    "Montréal": Place(
        "CA",
        "Montréal",
        "H2Y 1C6",
        "CAD",
        "America/Toronto",
        "fr-CA",
        (("TPS", Decimal(5)), ("TVQ", Decimal("9.975"))),
        350,
    ),
    "Kuwait City": Place("KW", "Kuwait City", "13001", "KWD", "Asia/Kuwait", "ar-KW", (), 95),
}

CUSTOMERS = (
    ("Alder & Finch Architects", "Boston", "Harbour house extension"),
    ("Amberlight Studios", "Austin", "Film licensing"),
    ("Atelier Morel SARL", "Lyon", "Bail commercial"),
    ("Bluestem Dairy Cooperative", "Austin", "Supply contracts"),
    ("Bramble & Co. Bakers", "London", "Shop lease, Columbia Road"),
    ("Brightwater Clinics", "Boston", "Merger with Eastside Health"),
    ("Cartografia Verde", "Lyon", "Marque européenne"),
    ("Cedar Row Housing Trust", "Boston", "Planning appeal"),
    ("Clockwork Bicycle Works", "London", "Patent GB2609917"),
    ("Copperfield Instruments", "Boston", "Employment matters"),
    ("Dachs & Söhne Brauerei GmbH", "Berlin", "Markenverletzung"),
    ("Dunmore Shipping", "London", "Charter party dispute"),
    ("Eilandt Windkraft AG", "Berlin", "Netzanschlussvertrag"),
    ("Fable & Quill Press", "London", "Author agreements"),
    ("Fernhill Nurseries", "Austin", "Water rights"),
    ("Galerie Oberlicht", "Zürich", "Nachlass Bächtold"),
    ("Glasbau Nordhoff KG", "Berlin", "Baumängel Westhafen"),
    ("Gulf Meridian Logistics", "Kuwait City", "Warehouse lease"),
    ("Harrow Lane Veterinary", "London", "Partnership deed"),
    ("Hashimoto Optical 株式会社", "Osaka", "ライセンス契約"),
    ("Hollow Creek Outfitters", "Austin", "Trade mark filing"),
    ("Inkwell Robotics", "Boston", "Series B financing"),
    ("Jardins du Rhône", "Lyon", "Contrat de fourniture"),
    ("Juniper Street Deli", "Boston", "Franchise agreement"),
    ("Kestrel Avionics", "Austin", "Export control"),
    ("Kobayashi Ceramics 合同会社", "Osaka", "海外販売代理店"),
    ("Lakehurst Orchestra", "Boston", "Recording rights"),
    ("Lindqvist & Maurer Treuhand", "Zürich", "Gesellschaftsvertrag"),
    ("Maison Tremblay inc.", "Montréal", "Acquisition d’immeuble"),
    ("Mosswood Day Schools", "London", "Charity registration"),
    ("Northgate Timber", "Austin", "Land purchase, Llano"),
    ("Ostermann Feinmechanik GmbH", "Berlin", "Lieferverträge"),
    ("Papeterie Sauvage", "Montréal", "Marque de commerce"),
    ("Pelican Bay Surgical", "Austin", "Regulatory advice"),
    ("Quarry & Stone Masons", "London", "Adjudication, Temple Mill"),
    ("Rivertown Theatre", "Boston", "Touring contracts"),
    ("Sakai Harbour Crane 株式会社", "Osaka", "保守契約"),
    ("Tidewater Oyster Farms", "Boston", "Lease of tidal flats"),
    ("Uhrwerk Zollikon AG", "Zürich", "Designschutz"),
    ("Windermere Cycles", "London", "Distribution agreement"),
)

# What is done by the hour, with how many hours it takes.
WORK = (
    ("CONS", "Consultation", 1, 3),
    ("DRAFT", "Drafting of the agreement", 3, 9),
    ("REVIEW", "Review of documents", 2, 12),
    ("NEGO", "Negotiation with the other side", 2, 8),
    ("HEAR", "Preparation and attendance of the hearing", 4, 10),
    ("CORR", "Correspondence", 1, 4),
    ("DUEDIL", "Due diligence", 6, 20),
    ("RESEARCH", "Legal research", 1, 6),
)
# What is charged by the piece, as a share of an hour, with how many there are at most.
EXPENSES = (
    ("COPY", "Certified copies", Decimal("0.04"), 12),
    ("COURIER", "Courier", Decimal("0.12"), 3),
    ("SEARCH", "Register search", Decimal("0.1"), 5),
    ("TRANSL", "Sworn translation, by the page", Decimal("0.18"), 14),
    ("FILING", "Filing", Decimal("0.9"), 1),
)
