"""Named arrays in one file that opens as memory maps: an uncompressed .npz whose payloads are aligned.

Any program that reads NumPy's .npz reads these files; a `meta` entry holds a JSON text. Writing is atomic, so several
processes may write the same file at once: the last complete one stays, and a reader never meets half a file. The same
arrays give the same bytes on any machine.
"""

from __future__ import annotations

import contextlib
import io
import json
import mmap
import os
import secrets
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from zuji.errors import UnreadableError

Array = npt.NDArray[Any]
ALIGNMENT = 64
"""[bytes] One cache line: every payload starts at a multiple of it, so that a map is as good as memory."""
ZIP64_EXTRA = 20
"""[bytes] What zipfile adds to the local header of an entry that may exceed 4 GiB."""
LOCAL_HEADER = struct.Struct("<4s5H3I2H")
META = "meta.json"


def write_arrays(path: Path, meta: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write `arrays` and `meta` to `path` as one aligned, uncompressed .npz, atomically.

    Where the file is open elsewhere and cannot be replaced (Windows), the other one stays: callers name files by the
    digest of their content.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            text = json.dumps(dict(meta), sort_keys=True, ensure_ascii=False).encode()
            _write_entry(archive, META, [text])
            for name in arrays:
                array = np.ascontiguousarray(arrays[name])
                array = array.astype(array.dtype.newbyteorder("<"), copy=False)
                _write_entry(archive, f"{name}.npy", [_npy_header(array), array.reshape(-1).view(np.uint8).data])
        try:
            os.replace(temporary, path)
        except PermissionError:
            if not path.exists():
                raise
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def _npy_header(array: Array) -> bytes:
    stream = io.BytesIO()
    header = {"descr": np.lib.format.dtype_to_descr(array.dtype), "fortran_order": False, "shape": array.shape}
    np.lib.format.write_array_header_1_0(stream, header)
    return stream.getvalue()


def _write_entry(archive: zipfile.ZipFile, name: str, parts: list[bytes | memoryview]) -> None:
    info = zipfile.ZipInfo(name)  # its date is 1980-01-01: the same bytes on any day
    info.create_system = 3
    assert archive.fp is not None
    start = archive.fp.tell() + LOCAL_HEADER.size + len(name.encode()) + ZIP64_EXTRA
    padding = -start % ALIGNMENT
    if 0 < padding < 4:
        padding += ALIGNMENT
    if padding:
        info.extra = struct.pack("<HH", 0x7A6A, padding - 4) + bytes(padding - 4)
    with archive.open(info, "w", force_zip64=True) as stream:
        for part in parts:
            stream.write(part)


def read_arrays(path: Path, *, verify: bool = False) -> tuple[dict[str, Any], dict[str, Array]]:
    """The meta and the read-only memory maps of a file written by `write_arrays`; time does not grow with its size.

    With `verify` every byte is read and held against its CRC-32. Raises UnreadableError for a file that is not there,
    is cut short, or differs from what was written.
    """
    try:
        with open(path, "rb") as stream:
            size = stream.seek(0, io.SEEK_END)
            buffer = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
            with zipfile.ZipFile(stream) as archive:
                entries = archive.infolist()
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, struct.error) as error:
        raise UnreadableError(f"{path}: {error}") from error
    meta: dict[str, Any] | None = None
    arrays: dict[str, Array] = {}
    for entry in entries:
        payload = _payload(path, buffer, entry, size)
        if verify and zlib.crc32(payload) != entry.CRC:
            raise UnreadableError(f"{path}: the bytes of {entry.filename} are not those that were written")
        if entry.filename == META:
            try:
                meta = json.loads(bytes(payload))
            except ValueError as error:
                raise UnreadableError(f"{path}: {error}") from error
        else:
            arrays[entry.filename.removesuffix(".npy")] = _array(path, payload)
    if not isinstance(meta, dict):
        raise UnreadableError(f"{path}: it holds no {META}")
    return meta, arrays


def _payload(path: Path, buffer: memoryview, entry: zipfile.ZipInfo, size: int) -> memoryview:
    at = entry.header_offset
    if entry.compress_type == zipfile.ZIP_STORED and at >= 0 and at + LOCAL_HEADER.size <= size:
        fields = LOCAL_HEADER.unpack_from(buffer, at)
        start = at + LOCAL_HEADER.size + int(fields[9]) + int(fields[10])
        if fields[0] == b"PK\x03\x04" and start + entry.file_size <= size:
            return buffer[start : start + entry.file_size]
    raise UnreadableError(f"{path}: {entry.filename} cannot be mapped")


def _array(path: Path, payload: memoryview) -> Array:
    try:
        stream = io.BytesIO(bytes(payload[:4096]))
        np.lib.format.read_magic(stream)
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
        return np.frombuffer(payload, dtype, offset=stream.tell(), count=int(np.prod(shape))).reshape(shape)
    except ValueError as error:
        raise UnreadableError(f"{path}: {error}") from error
