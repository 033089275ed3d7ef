"""The ledger of meters and certificates: append-only events, each hashed over the one before."""
