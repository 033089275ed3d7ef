"""Why something does not hold, as an exception whose words are in the language of whoever reads them."""

from __future__ import annotations

from zuji.datum import LocalText
from zuji.i18n import tr, tr_in


class Reason(ValueError):  # noqa: N818
    """A message of the catalogue with its values; as a text it speaks the language of the context."""

    def __init__(self, message: str, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = {name: str(value)[:200] for name, value in values.items()}

    def __str__(self) -> str:
        return tr(self.message, **self.values)

    @property
    def said(self) -> LocalText:
        """The reason in both languages, for a finding."""
        return LocalText(tr_in("zh", self.message, **self.values), tr_in("en", self.message, **self.values))
