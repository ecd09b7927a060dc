"""Documents: invoices as PDF, drawn by typst from what was frozen when they were issued, behind signed links."""
