"""Reports as PDF/A by Typst: one template, fonts of this machine, the same bytes for the same report."""
