"""Which dataset a line of a study may take: names in two languages, numbers, units, places, with reasons."""
