"""Many products at once: a folder of studies, or a table of variants, under several rulebooks and categories."""
