"""Imported backgrounds on disk: memory-mapped matrices and one metadata table each, named by their digest."""
