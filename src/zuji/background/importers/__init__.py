"""Readers of the field's database formats, and the machinery that they share; each result goes into the store."""
