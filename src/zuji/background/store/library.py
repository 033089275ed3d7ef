"""All stored backgrounds of this user: names that point to digests, folders that digests name, cached results."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zuji.background.store.stored import StoredBackground
from zuji.background.store.write import Content, write
from zuji.errors import UnreadableError, ZujiError
from zuji.i18n import tr

NAME = re.compile(r"[A-Za-z0-9\u3400-\u9fff][A-Za-z0-9\u3400-\u9fff._+-]{0,79}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


class UnknownBackgroundError(ZujiError, KeyError):
    """No stored background has this name or digest; `known` lists the names."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name)
        self.name, self.known = name, known

    def __str__(self) -> str:
        return f"no stored background '{self.name}'; there are: {', '.join(self.known) or '–'}"


@dataclass(frozen=True, slots=True)
class Named:
    """A name of the store, what it points to and where that came from."""

    name: str
    digest: str
    file: str = ""
    """Name of the imported file or folder, without its path."""
    imported: str = ""
    """Day of the import (YYYY-MM-DD)."""


def data_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Where this user's data lie: ZUJI_DATA, else the platform's folder for application data."""
    env = os.environ if environ is None else environ
    if env.get("ZUJI_DATA"):
        return Path(env["ZUJI_DATA"])
    if sys.platform == "win32":
        return Path(env.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "zuji"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "zuji"
    return Path(env.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "zuji"


def check_name(name: str) -> None:
    """Raise ZujiError unless `name` can name a background: it is a file name on every system, and no digest."""
    if not NAME.fullmatch(name) or _RESERVED.fullmatch(name) or _DIGEST.match(name) or name.endswith("."):
        raise ZujiError(
            tr("'{name}' cannot be the name of a background: letters, digits, '.', '-', '_' and '+' only", name=name)
        )


def earlier_name(name: str, digest: str) -> str:
    """The name under which a background stays when its own is given to another: `ei` becomes `ei-1f2e3d4c`."""
    return f"{name[:70]}-{digest.removeprefix('sha256:')[:8]}"


class Library:
    """The store in one folder; it is made on the first import."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = (root if root is not None else data_folder()) / "backgrounds"

    @property
    def _names(self) -> Path:
        return self.root / "names"

    @property
    def _objects(self) -> Path:
        return self.root / "objects"

    @property
    def cache(self) -> Path:
        """Folder for results that can be calculated again."""
        return self.root / "cache"

    def names(self) -> tuple[Named, ...]:
        """All names, sorted; an unreadable entry is left out."""
        found = []
        for path in sorted(self._names.glob("*.json")) if self._names.is_dir() else ():
            try:
                entry = json.loads(path.read_text(encoding="utf-8"))
                found.append(Named(path.stem, entry["digest"], entry.get("file", ""), entry.get("imported", "")))
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                continue
        return tuple(found)

    def digest_of(self, name: str) -> str:
        """The digest that `name` points to, or `name` itself when it is one (64 digits or an unambiguous start).

        Raises UnknownBackgroundError.
        """
        if _DIGEST.fullmatch(name) and (self._objects / name[7:]).is_dir():
            return name
        known = {named.name: named.digest for named in self.names()}
        if name in known:
            return known[name]
        start = name.removeprefix("sha256:")
        if re.fullmatch(r"[0-9a-f]{8,64}", start) and self._objects.is_dir():
            found = [path.name for path in self._objects.iterdir() if path.name.startswith(start)]
            if len(found) == 1:
                return f"sha256:{found[0]}"
        raise UnknownBackgroundError(name, tuple(known))

    def open(self, name: str) -> StoredBackground:
        """The background of that name or digest; raises UnknownBackgroundError, UnreadableError for a damaged one."""
        digest = self.digest_of(name)
        return StoredBackground(self._objects / digest.removeprefix("sha256:"), digest)

    def commit(
        self,
        content: Content,
        name: str,
        *,
        file: str = "",
        imported: str = "",
        check: Callable[[], None] | None = None,
    ) -> str:
        """Store `content` under `name`, all or nothing; the digest.

        `check` is called right before the change becomes visible and may raise to stop it. Where the name pointed to
        another background, that one is kept as `earlier_name` says: studies may name its digest.
        """
        check_name(name)
        for folder in (self._names, self._objects):
            folder.mkdir(parents=True, exist_ok=True)
        self._sweep()
        building = Path(tempfile.mkdtemp(prefix="building-", dir=self.root))
        try:
            digest = write(content, building)
            if check is not None:
                check()
            target = self._objects / digest.removeprefix("sha256:")
            if target.is_dir() and StoredBackground(target, digest).problems():
                shutil.rmtree(target)
            is_here = target.is_dir()
            if not is_here:
                os.replace(building, target)
            kept = ""
            try:
                kept = self._keep_earlier(name, digest)
                self._point(name, {"digest": digest, "file": file, "imported": imported})
            except BaseException:
                if kept:
                    (self._names / f"{kept}.json").unlink(missing_ok=True)
                if not is_here:
                    shutil.rmtree(target, ignore_errors=True)
                raise
        finally:
            shutil.rmtree(building, ignore_errors=True)
        return digest

    def _sweep(self) -> None:
        """Remove what an import that was killed left behind, once it is a day old."""
        import time

        for path in self.root.glob("building-*"):
            try:
                if time.time() - path.stat().st_mtime > 86400:
                    shutil.rmtree(path, ignore_errors=True)
            except OSError:
                continue

    def _keep_earlier(self, name: str, digest: str) -> str:
        """Give what `name` points to another name before it points to `digest`; '' when there is nothing to keep."""
        names = self.names()
        before = next((one for one in names if one.name == name), None)
        if before is None or before.digest == digest:
            return ""
        if any(one.digest == before.digest for one in names if one.name != name):
            return ""
        kept = earlier_name(name, before.digest)
        self._point(kept, {"digest": before.digest, "file": before.file, "imported": before.imported})
        return kept

    def _point(self, name: str, entry: dict[str, Any]) -> None:
        handle, temporary = tempfile.mkstemp(prefix=".name-", dir=self._names)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                json.dump(entry, file, ensure_ascii=False, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._names / f"{name}.json")
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _forget(self, digest: str) -> None:
        if not digest or any(named.digest == digest for named in self.names()):
            return
        folder = self._objects / digest.removeprefix("sha256:")
        if not folder.is_dir():
            return
        # A folder is renamed first: nobody can open a half-removed one.
        grave = Path(tempfile.mkdtemp(prefix="building-", dir=self.root)) / "removed"
        try:
            os.replace(folder, grave)
        except OSError as error:
            raise UnreadableError(
                f"{folder.name}: in use, close the programs that read it: {error.strerror}"
            ) from error
        finally:
            shutil.rmtree(grave.parent, ignore_errors=True)
        for path in self.cache.glob(f"{digest.removeprefix('sha256:')[:32]}*") if self.cache.is_dir() else ():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def remove(self, name: str) -> str:
        """Remove a name, and its background when it was the last one; the digest. Raises UnknownBackgroundError."""
        named = next((one for one in self.names() if one.name == name), None)
        if named is None:
            raise UnknownBackgroundError(name, tuple(one.name for one in self.names()))
        (self._names / f"{name}.json").unlink()
        self._forget(named.digest)
        return named.digest
