"""The files of a database, from a folder, a zip or one file: nothing is unpacked, nothing outside is touched."""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from zuji.background.importers import codes
from zuji.errors import UnreadableError
from zuji.finding import Finding, Place

MAX_MEMBER = 8 * 1024**3
"""Bytes of one file [B]; the largest single-file databases of the field have about 2 GiB."""
MAX_TOTAL = 64 * 1024**3
MAX_MEMBERS = 2_000_000
MAX_RATIO = 400
"""Unpacked to packed size; inventories in XML reach about 60."""
RATIO_FROM = 16 * 1024**2
"""Files below this size may be packed as tightly as they like [B]."""
READ_WHOLE = 256 * 1024**2
"""Largest file that `read` takes into memory [B]."""

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
"""What reading a damaged, encrypted or unusually packed archive may raise."""


class Source(Protocol):
    """Named files to read from; names use '/' and are sorted."""

    path: Path
    members: tuple[str, ...]
    findings: list[Finding]
    watch: Callable[[int], None]
    """Told the size [B] of a file that is read ahead of the datasets, for the progress; may raise to stop."""

    def size(self, name: str) -> int:
        """Unpacked size of a member [B]."""

    def open(self, name: str) -> IO[bytes]:
        """A stream of at most the announced size; raises UnreadableError."""

    def read(self, name: str, limit: int = READ_WHOLE) -> bytes:
        """The whole member; raises UnreadableError when it is larger than `limit` or damaged."""

    def close(self) -> None:
        """Close the archive."""


def open_source(path: Path) -> Source:
    """The files at `path`; raises UnreadableError when it is neither a folder, a zip nor a readable file."""
    try:
        if path.is_dir():
            return _Folder(path)
        if not path.is_file():
            raise UnreadableError(f"{path}: there is no such file or folder")
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as error:
        if isinstance(error, UnreadableError):
            raise
        raise UnreadableError(f"{path}: {error.strerror or type(error).__name__}") from error
    if start[:4] in (b"PK\x03\x04", b"PK\x05\x06") and path.suffix.lower() not in (".xlsx", ".xlsm"):
        return _Zip(path)
    if start[:6] == b"7z\xbc\xaf\x27\x1c":
        raise UnreadableError(f"{path}: 7z archives are not read; unpack it and give the folder")
    return _File(path)


def _unwatched(size: int) -> None:
    """Nobody wants to know."""


class _Base:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.members: tuple[str, ...] = ()
        self.findings: list[Finding] = []
        self.watch: Callable[[int], None] = _unwatched

    def read(self, name: str, limit: int = READ_WHOLE) -> bytes:
        if self.size(name) > limit:
            raise UnreadableError(f"{name}: {self.size(name)} bytes, more than the {limit} that are read at once")
        try:
            with self.open(name) as stream:
                data = stream.read(limit + 1)
        except BROKEN as error:
            raise UnreadableError(f"{name}: {_said(error)}") from error
        if len(data) > limit:
            raise UnreadableError(f"{name}: more than {limit} bytes")
        return data

    def size(self, name: str) -> int:
        raise NotImplementedError

    def open(self, name: str) -> IO[bytes]:
        raise NotImplementedError

    def close(self) -> None:
        return None

    def _checked(self, sizes: dict[str, int]) -> dict[str, int]:
        kept: dict[str, int] = {}
        total = 0
        for name in sorted(sizes):
            total += sizes[name]
            if sizes[name] > MAX_MEMBER:
                self.findings.append(codes.TOO_LARGE(Place(name), what=name, size=sizes[name], limit=MAX_MEMBER))
            else:
                kept[name] = sizes[name]
        if total > MAX_TOTAL:
            self.findings.append(
                codes.TOO_LARGE(Place(self.path.name), what=self.path.name, size=total, limit=MAX_TOTAL)
            )
            return {}
        return kept


class _File(_Base):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._sizes = self._checked({path.name: path.stat().st_size})
        self.members = tuple(self._sizes)

    def size(self, name: str) -> int:
        return self._sizes[name]

    def open(self, name: str) -> IO[bytes]:
        return self.path.open("rb")


class _Folder(_Base):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        found: dict[str, int] = {}
        for folder, names, files in os.walk(path, followlinks=False):
            for name in sorted((*names, *files)):
                full = Path(folder) / name
                shown = full.relative_to(path).as_posix()
                if full.is_symlink():
                    self.findings.append(codes.LINK_SKIPPED(Place(shown), name=shown))
                elif name in files and stat.S_ISREG(full.stat().st_mode) and not name.startswith("."):
                    found[shown] = full.stat().st_size
            names[:] = sorted(n for n in names if not n.startswith(".") and not (Path(folder) / n).is_symlink())
            if len(found) > MAX_MEMBERS:
                raise UnreadableError(f"{path}: more than {MAX_MEMBERS} files")
        self._sizes = self._checked(found)
        self.members = tuple(self._sizes)

    def size(self, name: str) -> int:
        return self._sizes[name]

    def open(self, name: str) -> IO[bytes]:
        full = self.path / name
        try:
            if full.is_symlink():
                raise UnreadableError(f"{name}: became a symbolic link")
            return full.open("rb")
        except OSError as error:
            raise UnreadableError(f"{name}: {error.strerror or error}") from error


class _Zip(_Base):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            self._zip = zipfile.ZipFile(path)
            entries = self._zip.infolist()
        except BROKEN as error:
            raise UnreadableError(f"{path}: this zip is damaged: {_said(error)}") from error
        if len(entries) > MAX_MEMBERS:
            raise UnreadableError(f"{path}: more than {MAX_MEMBERS} files")
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in entries:
            if not entry.is_dir() and self._is_safe(entry):
                self._entries.setdefault(entry.filename, entry)
        kept = self._checked({name: entry.file_size for name, entry in self._entries.items()})
        self.members = tuple(kept)

    def _is_safe(self, entry: zipfile.ZipInfo) -> bool:
        name = entry.filename
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if ".." in parts or name.startswith(("/", "\\")) or ":" in name.partition("/")[0] or "\0" in name:
            self.findings.append(codes.UNSAFE_NAME(Place(self.path.name), name=repr(name)[1:-1][:200]))
            return False
        if stat.S_ISLNK(entry.external_attr >> 16):
            self.findings.append(codes.LINK_SKIPPED(Place(self.path.name), name=name))
            return False
        if entry.file_size > RATIO_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            ratio = entry.file_size // max(entry.compress_size, 1)
            self.findings.append(codes.BOMB(Place(self.path.name), name=name, ratio=ratio))
            return False
        return not any(part.startswith((".", "__MACOSX")) for part in parts)

    def size(self, name: str) -> int:
        return self._entries[name].file_size

    def open(self, name: str) -> IO[bytes]:
        try:
            # zipfile reads no more than the announced size and checks the CRC at the end.
            return self._zip.open(self._entries[name])
        except BROKEN as error:
            raise UnreadableError(f"{name}: {_said(error)}") from error

    def close(self) -> None:
        self._zip.close()


def _said(error: BaseException) -> str:
    return str(error) or type(error).__name__


class Budget(io.RawIOBase):
    """A stream that raises UnreadableError once more than `limit` bytes were read since `renew` [B]."""

    def __init__(self, stream: IO[bytes], limit: int, name: str) -> None:
        super().__init__()
        self._stream = stream
        self._limit = limit
        self._left = limit
        self._name = name

    def renew(self) -> None:
        """Allow `limit` further bytes: one dataset has been dealt with."""
        self._left = self._limit

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            data = self._stream.read(min(size, 1 << 20) if size >= 0 else 1 << 20)
        except UnreadableError:
            raise
        except BROKEN as error:
            raise UnreadableError(f"{self._name}: {_said(error)}") from error
        self._left -= len(data)
        if self._left < 0:
            raise UnreadableError(f"{self._name}: one dataset has more than {self._limit} bytes")
        return data
