"""Storage in use: its use phase, its telemetry, its effect on the system, and its dispatch."""
