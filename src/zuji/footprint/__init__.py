"""The answer: calculate and explain."""
