"""Data that companies hand to each other: sheets for suppliers, product footprints, passports, credentials."""
