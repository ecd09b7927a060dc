"""Documents: invoices and credit notes as PDF, drawn by typst from their snapshots, behind signed links."""
