"""The rules of invoicing, pure: no input or output, no framework, and no clock of their own."""
