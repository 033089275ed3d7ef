"""The offline viewer: one HTML file of a dossier that needs no network, no script and no installation."""
