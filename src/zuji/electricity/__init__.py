"""Electricity: factors by scope and basis, grid tracing, certificates and hourly matching."""
