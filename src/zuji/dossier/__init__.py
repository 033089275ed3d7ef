"""Proof: the frozen dossier, its digests, signatures, time stamps and log proofs, its verification and its review."""
