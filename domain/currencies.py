"""The currencies of ISO 4217: how many decimals each has, and from when one is no longer money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from domain.errors import CurrencyUnsupported


@dataclass(frozen=True, slots=True)
class Currency:
    """One currency; `decimals` is ISO 4217's exponent of its minor unit."""

    code: str
    decimals: int
    name: str
    withdrawn_on: date | None = None
    """The first day on which it was no longer current; None while it is."""


_CURRENT = (
    Currency("AED", 2, "UAE Dirham"),
    Currency("AFN", 2, "Afghani"),
    Currency("ALL", 2, "Lek"),
    Currency("AMD", 2, "Armenian Dram"),
    Currency("AOA", 2, "Kwanza"),
    Currency("ARS", 2, "Argentine Peso"),
    Currency("AUD", 2, "Australian Dollar"),
    Currency("AWG", 2, "Aruban Florin"),
    Currency("AZN", 2, "Azerbaijan Manat"),
    Currency("BAM", 2, "Convertible Mark"),
    Currency("BBD", 2, "Barbados Dollar"),
    Currency("BDT", 2, "Taka"),
    Currency("BHD", 3, "Bahraini Dinar"),
    Currency("BIF", 0, "Burundi Franc"),
    Currency("BMD", 2, "Bermudian Dollar"),
    Currency("BND", 2, "Brunei Dollar"),
    Currency("BOB", 2, "Boliviano"),
    Currency("BOV", 2, "Mvdol"),
    Currency("BRL", 2, "Brazilian Real"),
    Currency("BSD", 2, "Bahamian Dollar"),
    Currency("BTN", 2, "Ngultrum"),
    Currency("BWP", 2, "Pula"),
    Currency("BYN", 2, "Belarusian Ruble"),
    Currency("BZD", 2, "Belize Dollar"),
    Currency("CAD", 2, "Canadian Dollar"),
    Currency("CDF", 2, "Congolese Franc"),
    Currency("CHE", 2, "WIR Euro"),
    Currency("CHF", 2, "Swiss Franc"),
    Currency("CHW", 2, "WIR Franc"),
    Currency("CLF", 4, "Unidad de Fomento"),
    Currency("CLP", 0, "Chilean Peso"),
    Currency("CNY", 2, "Yuan Renminbi"),
    Currency("COP", 2, "Colombian Peso"),
    Currency("COU", 2, "Unidad de Valor Real"),
    Currency("CRC", 2, "Costa Rican Colon"),
    Currency("CUP", 2, "Cuban Peso"),
    Currency("CVE", 2, "Cabo Verde Escudo"),
    Currency("CZK", 2, "Czech Koruna"),
    Currency("DJF", 0, "Djibouti Franc"),
    Currency("DKK", 2, "Danish Krone"),
    Currency("DOP", 2, "Dominican Peso"),
    Currency("DZD", 2, "Algerian Dinar"),
    Currency("EGP", 2, "Egyptian Pound"),
    Currency("ERN", 2, "Nakfa"),
    Currency("ETB", 2, "Ethiopian Birr"),
    Currency("EUR", 2, "Euro"),
    Currency("FJD", 2, "Fiji Dollar"),
    Currency("FKP", 2, "Falkland Islands Pound"),
    Currency("GBP", 2, "Pound Sterling"),
    Currency("GEL", 2, "Lari"),
    Currency("GHS", 2, "Ghana Cedi"),
    Currency("GIP", 2, "Gibraltar Pound"),
    Currency("GMD", 2, "Dalasi"),
    Currency("GNF", 0, "Guinean Franc"),
    Currency("GTQ", 2, "Quetzal"),
    Currency("GYD", 2, "Guyana Dollar"),
    Currency("HKD", 2, "Hong Kong Dollar"),
    Currency("HNL", 2, "Lempira"),
    Currency("HTG", 2, "Gourde"),
    Currency("HUF", 2, "Forint"),
    Currency("IDR", 2, "Rupiah"),
    Currency("ILS", 2, "New Israeli Sheqel"),
    Currency("INR", 2, "Indian Rupee"),
    Currency("IQD", 3, "Iraqi Dinar"),
    Currency("IRR", 2, "Iranian Rial"),
    Currency("ISK", 0, "Iceland Krona"),
    Currency("JMD", 2, "Jamaican Dollar"),
    Currency("JOD", 3, "Jordanian Dinar"),
    Currency("JPY", 0, "Yen"),
    Currency("KES", 2, "Kenyan Shilling"),
    Currency("KGS", 2, "Som"),
    Currency("KHR", 2, "Riel"),
    Currency("KMF", 0, "Comorian Franc"),
    Currency("KPW", 2, "North Korean Won"),
    Currency("KRW", 0, "Won"),
    Currency("KWD", 3, "Kuwaiti Dinar"),
    Currency("KYD", 2, "Cayman Islands Dollar"),
    Currency("KZT", 2, "Tenge"),
    Currency("LAK", 2, "Lao Kip"),
    Currency("LBP", 2, "Lebanese Pound"),
    Currency("LKR", 2, "Sri Lanka Rupee"),
    Currency("LRD", 2, "Liberian Dollar"),
    Currency("LSL", 2, "Loti"),
    Currency("LYD", 3, "Libyan Dinar"),
    Currency("MAD", 2, "Moroccan Dirham"),
    Currency("MDL", 2, "Moldovan Leu"),
    Currency("MGA", 2, "Malagasy Ariary"),
    Currency("MKD", 2, "Denar"),
    Currency("MMK", 2, "Kyat"),
    Currency("MNT", 2, "Tugrik"),
    Currency("MOP", 2, "Pataca"),
    Currency("MRU", 2, "Ouguiya"),
    Currency("MUR", 2, "Mauritius Rupee"),
    Currency("MVR", 2, "Rufiyaa"),
    Currency("MWK", 2, "Malawi Kwacha"),
    Currency("MXN", 2, "Mexican Peso"),
    Currency("MXV", 2, "Mexican Unidad de Inversion (UDI)"),
    Currency("MYR", 2, "Malaysian Ringgit"),
    Currency("MZN", 2, "Mozambique Metical"),
    Currency("NAD", 2, "Namibia Dollar"),
    Currency("NGN", 2, "Naira"),
    Currency("NIO", 2, "Cordoba Oro"),
    Currency("NOK", 2, "Norwegian Krone"),
    Currency("NPR", 2, "Nepalese Rupee"),
    Currency("NZD", 2, "New Zealand Dollar"),
    Currency("OMR", 3, "Rial Omani"),
    Currency("PAB", 2, "Balboa"),
    Currency("PEN", 2, "Sol"),
    Currency("PGK", 2, "Kina"),
    Currency("PHP", 2, "Philippine Peso"),
    Currency("PKR", 2, "Pakistan Rupee"),
    Currency("PLN", 2, "Zloty"),
    Currency("PYG", 0, "Guarani"),
    Currency("QAR", 2, "Qatari Rial"),
    Currency("RON", 2, "Romanian Leu"),
    Currency("RSD", 2, "Serbian Dinar"),
    Currency("RUB", 2, "Russian Ruble"),
    Currency("RWF", 0, "Rwanda Franc"),
    Currency("SAR", 2, "Saudi Riyal"),
    Currency("SBD", 2, "Solomon Islands Dollar"),
    Currency("SCR", 2, "Seychelles Rupee"),
    Currency("SDG", 2, "Sudanese Pound"),
    Currency("SEK", 2, "Swedish Krona"),
    Currency("SGD", 2, "Singapore Dollar"),
    Currency("SHP", 2, "Saint Helena Pound"),
    Currency("SLE", 2, "Leone"),
    Currency("SOS", 2, "Somali Shilling"),
    Currency("SRD", 2, "Surinam Dollar"),
    Currency("SSP", 2, "South Sudanese Pound"),
    Currency("STN", 2, "Dobra"),
    Currency("SVC", 2, "El Salvador Colon"),
    Currency("SYP", 2, "Syrian Pound"),
    Currency("SZL", 2, "Lilangeni"),
    Currency("THB", 2, "Baht"),
    Currency("TJS", 2, "Somoni"),
    Currency("TMT", 2, "Turkmenistan New Manat"),
    Currency("TND", 3, "Tunisian Dinar"),
    Currency("TOP", 2, "Pa'anga"),
    Currency("TRY", 2, "Turkish Lira"),
    Currency("TTD", 2, "Trinidad and Tobago Dollar"),
    Currency("TWD", 2, "New Taiwan Dollar"),
    Currency("TZS", 2, "Tanzanian Shilling"),
    Currency("UAH", 2, "Hryvnia"),
    Currency("UGX", 0, "Uganda Shilling"),
    Currency("USD", 2, "US Dollar"),
    Currency("USN", 2, "US Dollar (Next day)"),
    Currency("UYI", 0, "Uruguay Peso en Unidades Indexadas (UI)"),
    Currency("UYU", 2, "Peso Uruguayo"),
    Currency("UYW", 4, "Unidad Previsional"),
    Currency("UZS", 2, "Uzbekistan Sum"),
    Currency("VED", 2, "Bolívar Soberano"),
    Currency("VES", 2, "Bolívar Soberano"),
    Currency("VND", 0, "Dong"),
    Currency("VUV", 0, "Vatu"),
    Currency("WST", 2, "Tala"),
    Currency("XAD", 2, "Arab Accounting Dinar"),
    Currency("XAF", 0, "CFA Franc BEAC"),
    Currency("XCD", 2, "East Caribbean Dollar"),
    Currency("XCG", 2, "Caribbean Guilder"),
    Currency("XOF", 0, "CFA Franc BCEAO"),
    Currency("XPF", 0, "CFP Franc"),
    Currency("YER", 2, "Yemeni Rial"),
    Currency("ZAR", 2, "Rand"),
    Currency("ZMW", 2, "Zambian Kwacha"),
    Currency("ZWG", 2, "Zimbabwe Gold"),
)

# Invoices of the past keep their currency, so the withdrawn ones stay known. ISO 4217 gives most of
# these days by month alone; where an exact day of changeover is known it is that.
_WITHDRAWN = (
    Currency("ANG", 2, "Netherlands Antillean Guilder", date(2025, 7, 1)),
    Currency("ATS", 2, "Schilling", date(2002, 3, 1)),
    Currency("AZM", 2, "Azerbaijanian Manat", date(2006, 1, 1)),
    Currency("BEF", 0, "Belgian Franc", date(2002, 3, 1)),
    Currency("BGN", 2, "Bulgarian Lev", date(2026, 1, 1)),
    Currency("BYR", 0, "Belarusian Ruble", date(2017, 1, 1)),
    Currency("CUC", 2, "Peso Convertible", date(2021, 7, 1)),
    Currency("CYP", 2, "Cyprus Pound", date(2008, 1, 1)),
    Currency("DEM", 2, "Deutsche Mark", date(2002, 3, 1)),
    Currency("EEK", 2, "Kroon", date(2011, 1, 1)),
    Currency("ESP", 0, "Spanish Peseta", date(2002, 3, 1)),
    Currency("FIM", 2, "Markka", date(2002, 3, 1)),
    Currency("FRF", 2, "French Franc", date(2002, 3, 1)),
    Currency("GHC", 2, "Cedi", date(2008, 1, 1)),
    Currency("GRD", 0, "Drachma", date(2002, 3, 1)),
    Currency("HRK", 2, "Kuna", date(2023, 1, 1)),
    Currency("IEP", 2, "Irish Pound", date(2002, 3, 1)),
    Currency("ITL", 0, "Italian Lira", date(2002, 3, 1)),
    Currency("LTL", 2, "Lithuanian Litas", date(2015, 1, 1)),
    Currency("LUF", 0, "Luxembourg Franc", date(2002, 3, 1)),
    Currency("LVL", 2, "Latvian Lats", date(2014, 1, 1)),
    Currency("MRO", 2, "Ouguiya", date(2018, 1, 1)),
    Currency("MTL", 2, "Maltese Lira", date(2008, 1, 1)),
    Currency("MZM", 2, "Mozambique Metical", date(2006, 7, 1)),
    Currency("NLG", 2, "Netherlands Guilder", date(2002, 3, 1)),
    Currency("PTE", 0, "Portuguese Escudo", date(2002, 3, 1)),
    Currency("ROL", 2, "Leu", date(2005, 7, 1)),
    Currency("SDD", 2, "Sudanese Dinar", date(2007, 7, 1)),
    Currency("SIT", 2, "Tolar", date(2007, 1, 1)),
    Currency("SKK", 2, "Slovak Koruna", date(2009, 1, 1)),
    Currency("SLL", 2, "Leone", date(2024, 1, 1)),
    Currency("SRG", 2, "Surinam Guilder", date(2004, 1, 1)),
    Currency("STD", 2, "Dobra", date(2018, 1, 1)),
    Currency("TMM", 2, "Turkmenistan Manat", date(2009, 1, 1)),
    Currency("TRL", 2, "Turkish Lira", date(2006, 1, 1)),
    Currency("VEB", 2, "Bolivar", date(2008, 1, 1)),
    Currency("VEF", 2, "Bolivar", date(2018, 8, 20)),
    Currency("ZMK", 2, "Zambian Kwacha", date(2013, 1, 1)),
    Currency("ZWL", 2, "Zimbabwe Dollar", date(2024, 9, 1)),
    Currency("ZWR", 2, "Zimbabwe Dollar", date(2009, 7, 1)),
)

CURRENCIES: Mapping[str, Currency] = MappingProxyType(
    {currency.code: currency for currency in (*_CURRENT, *_WITHDRAWN)}
)
"""Every currency with minor units, current or withdrawn, by its alphabetic code."""


def decimals_of(code: str) -> int:
    """How many decimals the currency has: 0 for JPY, 2 for USD, 3 for KWD, 4 for CLF.

    Source: ISO 4217. Raises CurrencyUnsupported for a code that is no currency.
    """
    found = CURRENCIES.get(code)
    if found is None:
        raise _unsupported(code, ())
    return found.decimals


def check_currency(code: str, on: date, path: tuple[str, ...] = ("currency",)) -> str:
    """The code, where it is a currency that was current on the given day.

    Raises CurrencyUnsupported at `path` for an unknown or withdrawn one (rules: Currencies).
    """
    found = CURRENCIES.get(code)
    if found is None:
        raise _unsupported(code, path)
    if found.withdrawn_on is not None and on >= found.withdrawn_on:
        raise CurrencyUnsupported(
            f"{code} ({found.name}) was withdrawn on {found.withdrawn_on}; use its successor.",
            field=path,
        )
    return code


def _unsupported(code: str, path: tuple[str, ...]) -> CurrencyUnsupported:
    shown = code if len(code) <= 3 else f"{code[:3]}…"
    return CurrencyUnsupported(
        f"{shown!r} is no ISO 4217 currency; write three capital letters, such as USD.", field=path
    )
