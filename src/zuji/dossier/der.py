"""The part of ASN.1 DER (ITU-T X.690) that keys and time stamps need: values as bytes, and bytes as a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property

INTEGER, BITS, OCTETS, NULL, OID, UTF8, UTC, GENERAL, SEQUENCE, SET = 2, 3, 4, 5, 6, 12, 23, 24, 0x30, 0x31
DEEPEST = 32


class DerError(ValueError):
    """Bytes are not DER, or not what was expected there."""


def tlv(tag: int, content: bytes) -> bytes:
    """One value: tag, length in the shortest form, content."""
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(length)]) + length + content


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE of values."""
    return tlv(SEQUENCE, b"".join(parts))


def set_of(*parts: bytes) -> bytes:
    """A SET OF, its members in the order of their bytes as DER asks."""
    return tlv(SET, b"".join(sorted(parts)))


def integer(value: int) -> bytes:
    """An INTEGER that is not negative."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def octets(value: bytes) -> bytes:
    """An OCTET STRING."""
    return tlv(OCTETS, value)


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *rest = map(int, dotted.split("."))
    body = b"".join(_base128(arc) for arc in (first * 40 + second, *rest))
    return tlv(OID, body)


def _base128(value: int) -> bytes:
    parts = [value & 127]
    while value := value >> 7:
        parts.append(value & 127 | 128)
    return bytes(reversed(parts))


@dataclass(frozen=True)
class Value:
    """One DER value: its tag, its content, and the bytes that it was read from."""

    tag: int
    content: bytes
    raw: bytes
    depth: int = 0

    @cached_property
    def children(self) -> tuple[Value, ...]:
        """The values inside a constructed one."""
        if not self.tag & 0x20:
            raise DerError(f"tag {self.tag:#x} holds no values")
        return tuple(_values(self.content, self.depth + 1))

    def expect(self, tag: int) -> Value:
        """This value, when it has the tag."""
        if self.tag != tag:
            raise DerError(f"tag {self.tag:#x} where {tag:#x} was expected")
        return self

    @property
    def number(self) -> int:
        """The value of an INTEGER."""
        return int.from_bytes(self.expect(INTEGER).content, "big", signed=True)

    @property
    def dotted(self) -> str:
        """The value of an OBJECT IDENTIFIER."""
        arcs, arc = [], 0
        for byte in self.expect(OID).content:
            arc = arc << 7 | byte & 127
            if not byte & 128:
                arcs.append(arc)
                arc = 0
        if not arcs:
            raise DerError("an empty object identifier")
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, (first, arcs[0] - first * 40, *arcs[1:])))

    @property
    def time(self) -> datetime:
        """The value of a GeneralizedTime in UTC; fractions of a second are cut off."""
        text = self.expect(GENERAL).content.decode("ascii", "replace")
        try:
            return datetime.strptime(text.partition(".")[0].rstrip("Z"), "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)  # noqa: UP017
        except ValueError as error:
            raise DerError(f"{text!r:.40} is not a time") from error


def parse(data: bytes) -> Value:
    """The one value that `data` is; raises DerError for anything else."""
    found = tuple(_values(data, 0))
    if len(found) != 1:
        raise DerError("not one DER value")
    return found[0]


def _values(data: bytes, depth: int) -> Iterator[Value]:
    if depth > DEEPEST:
        raise DerError("nests too deep")
    position = 0
    while position < len(data):
        if position + 2 > len(data) or data[position] & 31 == 31:
            raise DerError("cut off, or a tag of several bytes")
        start, tag, size = position, data[position], data[position + 1]
        position += 2
        if size >= 128:
            count = size & 127
            if not 1 <= count <= 4 or position + count > len(data):
                raise DerError("a length that is not definite")
            size = int.from_bytes(data[position : position + count], "big")
            position += count
        if position + size > len(data):
            raise DerError("cut off")
        position += size
        yield Value(tag, data[position - size : position], data[start:position], depth)
