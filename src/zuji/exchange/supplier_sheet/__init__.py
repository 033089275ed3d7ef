"""One small workbook that asks a supplier for a footprint, and what becomes of the answer."""
