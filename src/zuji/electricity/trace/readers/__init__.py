"""Grids from files: the documented folder, EIA-930, ENTSO-E, Chinese yearbooks; every problem with its line."""
