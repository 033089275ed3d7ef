"""One mapping or one row of a table, asked field by field; what is wrong becomes a finding at its place."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from zuji.datum import LocalText, Period
from zuji.finding import Place
from zuji.reading import Document
from zuji.study import codes
from zuji.study.amount import Expect, Log, shown
from zuji.study.model import Datum
from zuji.study.read_date import date_of, period_of
from zuji.study.read_datum import MAPPING_KEYS, read_datum, unread, words_in
from zuji.study.words import value_of

Choice = TypeVar("Choice", bound=StrEnum)

ID_LENGTH = 200


def hint(word: str, known: Iterable[str]) -> str:
    """`; did you mean …?` with the nearest of `known`, or nothing when none is near."""
    near = nearest(word, known)
    return f" ({near}?)" if near else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like `word`, '' when none is near."""
    folded = {one.lower(): one for one in sorted(known)}
    close = difflib.get_close_matches(word.lower()[:200], list(folded), n=1, cutoff=0.5)
    return folded[close[0]] if close else ""


def is_id(text: str) -> bool:
    """Whether `text` has only letters, marks and digits of any script and . _ - : / as docs/study.md says."""
    is_short = 0 < len(text) <= ID_LENGTH
    return is_short and all(one in "._-:/" or unicodedata.category(one)[0] in "LMN" for one in text)


class Node:
    """Reads the fields of one mapping; `finish` reports the keys that nobody asked for."""

    def __init__(self, data: Mapping[str, Any], place_of: Callable[[Sequence[str | int]], Place], log: Log) -> None:
        self.data = data
        self.log = log
        self._place_of = place_of
        self._asked: list[str] = []

    @classmethod
    def of_document(cls, document: Document, log: Log) -> Node:
        """The whole document."""
        return cls(document.data, document.place_of, log)

    def place(self, *path: str | int) -> Place:
        """The place of a field, or of the mapping itself."""
        return self._place_of(path)

    def _get(self, key: str) -> Any:
        self._asked.append(key)
        return self.data.get(key)

    def has(self, key: str) -> bool:
        """Whether the field is there and not empty."""
        self._asked.append(key)
        return self.data.get(key) not in (None, "", [], {})

    def need(self, key: str) -> bool:
        """Whether the field is there; a finding when it is not."""
        if self.has(key):
            return True
        self.log.add(codes.REQUIRED(self.place(), key=key))
        return False

    def text(self, key: str, default: str = "") -> str:
        """The field as text."""
        value = self._get(key)
        if isinstance(value, (Mapping, list)):
            self._wrong_shape(key, "text", value)
            return default
        return default if value is None or value == "" else str(value).strip()

    def id(self, key: str = "id", default: str = "") -> str:
        """The field as an id; '' with a finding when it is missing or has forbidden characters."""
        if not default and not self.need(key):
            return ""
        text = self.text(key, default)
        if text and not is_id(text):
            self.log.add(codes.ID_FORM(self.place(key), value=shown(text)))
            return ""
        return text

    def choice(self, key: str, known: type[Choice], default: Choice) -> Choice:
        """The field as a member of `known`, in either language; `default` where it is not given."""
        word = self.word(key, tuple(known), default)
        return known(word)

    def word(self, key: str, known: Sequence[str], default: str) -> str:
        """The field as one of the words `known`; a finding and `default` for any other."""
        text = self.text(key)
        if not text:
            return default
        found = value_of(text, tuple(known))
        if not found:
            listed = ", ".join(known)
            self.log.add(
                codes.CHOICE(self.place(key), value=shown(text), key=key, hint=hint(text, known), known=listed)
            )
        return found or default

    def flag(self, key: str) -> bool:
        """Whether the field says yes; no when it is not given."""
        value = self._get(key)
        if isinstance(value, bool):
            return value
        return self.word(key, ("yes", "no"), "no") == "yes"

    def local(self, key: str) -> LocalText:
        """A text in one or both languages: `{zh, en}`, or a plain text that stands for both."""
        value = self._get(key)
        if isinstance(value, Mapping):
            inner = self.child(key)
            text = LocalText(inner.text("zh"), inner.text("en"))
            inner.finish()
            return text
        plain = self.text(key)
        is_chinese = any("\u4e00" <= letter <= "\u9fff" for letter in plain)
        return LocalText(zh=plain) if is_chinese else LocalText(en=plain)

    def date(self, key: str) -> date | None:
        """The field as a day."""
        text = self.text(key)
        return date_of(text, self.place(key), self.log.findings) if text else None

    def period(self, key: str = "period") -> Period | None:
        """The field as a period: `{start, end}`, a year, a month, or `from/to`."""
        value = self._get(key)
        if isinstance(value, Mapping):
            inner = self.child(key)
            if not (inner.need("start") and inner.need("end")):
                return None
            start, end = inner.text("start"), inner.text("end")
            inner.finish()
            return period_of(start, end, self.place(key), self.log.findings)
        text = self.text(key)
        return period_of(text, "", self.place(key), self.log.findings) if text else None

    def words(self, key: str) -> tuple[str, ...]:
        """The field as a list of ids."""
        return words_in(self._get(key))

    def datum(self, key: str, expect: Expect) -> Datum | None:
        """The field as a datum, None where it is not given."""
        value = self._get(key)
        if value is None or value == "":
            return None
        if isinstance(value, Mapping):
            self._check_datum_keys(key, value)
        return read_datum(value, lambda inner: self.place(*([key, inner] if inner else [key])), expect, self.log)

    def needed(self, key: str, expect: Expect) -> Datum:
        """The field as a datum; a finding where it is not given."""
        return (self.datum(key, expect) if self.need(key) else None) or unread(expect, self.place(key))

    def child(self, key: str) -> Node:
        """The mapping under `key`; empty, with a finding, when it is something else."""
        value = self._get(key)
        if value is not None and not isinstance(value, Mapping):
            self._wrong_shape(key, "{…}", value)
        data = value if isinstance(value, Mapping) else {}
        return Node(data, lambda path: self._place_of((key, *path)), self.log)

    def children(self, key: str) -> list[Node]:
        """The mappings in the list under `key`; findings for members that are none."""
        value = self._get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self._wrong_shape(key, "[…]", value)
            return []
        return [self._member(key, i, member) for i, member in enumerate(value) if self._is_mapping(key, i, member)]

    def _member(self, key: str, index: int, data: Mapping[str, Any]) -> Node:
        return Node(data, lambda path: self._place_of((key, index, *path)), self.log)

    def _is_mapping(self, key: str, index: int, member: Any) -> bool:
        if not isinstance(member, Mapping):
            place = self.place(key, index)
            self.log.add(codes.SHAPE(place, key=f"{key}[{index}]", expected="{…}", found=shown(member)))
        return isinstance(member, Mapping)

    def _wrong_shape(self, key: str, expected: str, found: Any) -> None:
        self.log.add(codes.SHAPE(self.place(key), key=key, expected=expected, found=shown(found)))

    def _check_datum_keys(self, key: str, value: Mapping[str, Any]) -> None:
        for extra in value:
            if extra not in MAPPING_KEYS:
                self.log.add(
                    codes.UNKNOWN_KEY(self.place(key, extra), key=shown(extra), hint=hint(extra, MAPPING_KEYS))
                )

    def finish(self) -> None:
        """Report the keys that stand here and were not asked for."""
        for key in self.data:
            if key not in self._asked:
                self.log.add(codes.UNKNOWN_KEY(self.place(key), key=shown(key), hint=hint(key, self._asked)))


class Placed(Protocol):
    """A record that knows where it was read."""

    @property
    def place(self) -> Place: ...


Record = TypeVar("Record", bound=Placed)


def keep(records: dict[str, Record], id: str, record: Record, node: Node) -> None:
    """Add the record under its id, unless that is empty; a finding when the id is taken."""
    if id in records:
        node.log.add(codes.DUPLICATE(node.place("id"), id=id, first=records[id].place))
    elif id:
        records[id] = record
