"""The study as one Excel workbook: written, read back without loss, and marked where something is wrong."""
