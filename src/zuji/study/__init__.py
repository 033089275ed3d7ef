"""What the company knows: product, bill of materials, unit processes, plants, meters, transport, end of life, evidence."""
