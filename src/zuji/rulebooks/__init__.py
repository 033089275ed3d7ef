"""What the rules say: the machinery here, one folder per rulebook beside it."""
