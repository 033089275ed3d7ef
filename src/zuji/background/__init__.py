"""What the world knows: datasets and factors, each with source, geography, year, boundary and licence."""
