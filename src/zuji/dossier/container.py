"""The container of a dossier in its one form, and the stand-alone verifier put together from its two sources."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from zuji.dossier import standalone
from zuji.dossier.standalone import Member, directory, local_header, safe_name
from zuji.engine import plain
from zuji.errors import ZujiError
from zuji.i18n import tr

IMPORT = "from zuji.engine.plain import solve\n"
FUTURE = "from __future__ import annotations\n"
DOCSTRING = '"""'


def packed(files: Mapping[str, bytes]) -> bytes:
    """The container that holds `files`: same files, same bytes, whatever machine or Python version.

    Nothing is compressed, because what a compressor writes differs between its versions.
    """
    parts: list[bytes] = []
    members: list[Member] = []
    start = 0
    for name in sorted(files):
        if not safe_name(name):
            raise ZujiError(tr("a dossier cannot hold a file of the name {name}", name=name))
        data = files[name]
        crc = zlib.crc32(data)
        header = local_header(name, crc, len(data))
        members.append(Member(name, start + len(header), len(data), crc, ""))
        parts += [header, data]
        start += len(header) + len(data)
    end = directory(members)
    if start + len(end) > standalone.MOST_BYTES or len(members) > standalone.MOST_MEMBERS:
        raise ZujiError(
            tr("the dossier would hold {size} MB in {count} files; leave large evidence files at home",
               size=start // 10**6, count=len(members))
        )  # fmt: skip
    return b"".join([*parts, end])


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one step: a run that is interrupted leaves the file as it was."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def verifier_source() -> bytes:
    """The stand-alone verifier as one Python file: `standalone.py` with the plain engine in place of its import."""
    own = _text(standalone.__file__)
    engine = _text(plain.__file__)
    assert own.count(IMPORT) == 1
    _, _, body = engine.partition(FUTURE)
    lines = [line for line in body.strip().splitlines() if not line.startswith(("from ", "import "))]
    imports = [line for line in body.splitlines() if line.startswith("from graphlib")]
    marked = "\n".join([*imports, "", "# --- The plain engine (zuji.engine.plain), word for word.", *lines, ""])
    title = "\n# --- The verifier.\n"
    return own.replace(IMPORT, f"{marked}\n{title}").encode("utf-8")


def verifier_digest() -> str:
    """SHA-256 of the stand-alone verifier of this version."""
    return hashlib.sha256(verifier_source()).hexdigest()


def _text(file: str) -> str:
    return Path(file).read_text(encoding="utf-8").replace("\r\n", "\n")
