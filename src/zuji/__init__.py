"""Zuji 足迹: product carbon footprints for makers of batteries and energy storage."""

__version__ = "0.1.0"
