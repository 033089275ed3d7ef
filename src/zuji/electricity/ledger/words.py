"""Parts of sentences that findings show: in both languages, with their values filled in."""

from __future__ import annotations

from zuji.datum import LocalText
from zuji.i18n import tr_in


def said(message: str, /, **params: object) -> LocalText:
    """A message of the catalogues with its values, in both languages."""
    return LocalText(tr_in("zh", message, **params), tr_in("en", message, **params))
