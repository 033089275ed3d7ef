"""One document for two languages: what differs stands as `{"zh": …, "en": …}`, what is the same stands once."""

from __future__ import annotations

from typing import Any


def bilingual(zh: Any, en: Any) -> Any:
    """The two documents as one; `in_language` gives each of them back."""
    if zh == en:
        return en
    if isinstance(zh, dict) and isinstance(en, dict) and zh.keys() == en.keys():
        return {key: bilingual(zh[key], en[key]) for key in en}
    if isinstance(zh, list) and isinstance(en, list) and len(zh) == len(en):
        return [bilingual(a, b) for a, b in zip(zh, en, strict=True)]
    return {"zh": zh, "en": en}


def in_language(document: Any, lang: str) -> Any:
    """The document in `zh` or `en`."""
    if isinstance(document, dict):
        if document.keys() == {"zh", "en"}:
            return document[lang]
        return {key: in_language(value, lang) for key, value in document.items()}
    if isinstance(document, list):
        return [in_language(value, lang) for value in document]
    return document
