"""Policies: the ways in which invoices can be calculated, by the contract's names."""

TAX_ROUNDINGS = ("PER_RATE", "PER_LINE", "PER_INVOICE")
DISCOUNT_TAX_TREATMENTS = ("BEFORE_TAX", "AFTER_TAX")
TAX_CATEGORIES = (
    *("STANDARD", "ZERO", "EXEMPT", "REVERSE_CHARGE", "INTRA_COMMUNITY", "EXPORT", "OUT_OF_SCOPE"),
)
