"""What the company knows: product, bill of materials, unit processes, plants, meters, end of life, evidence."""
