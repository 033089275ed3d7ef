"""NumPy arrays of unknown origin: the header is checked against the bytes before any memory is taken, no pickles."""

from __future__ import annotations

import io
import tokenize
import warnings
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from zuji.errors import UnreadableError

LARGEST_HEADER = 20_000
_BROKEN = (
    ValueError,
    TypeError,
    SyntaxError,
    KeyError,
    OverflowError,
    RecursionError,
    MemoryError,
    EOFError,
    tokenize.TokenError,
)


def _header(stream: IO[bytes], data: bytes, name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    if int.from_bytes(data[8 : 10 if version == (1, 0) else 12], "little") > LARGEST_HEADER:
        raise UnreadableError(f"{name}: the header is too long")
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(stream)
    raise UnreadableError(f"{name}: the version {version} of the array format is not read")


def array_of(data: bytes, name: str) -> npt.NDArray[Any]:
    """The array in the bytes of an .npy file, read-only; raises UnreadableError."""
    stream = io.BytesIO(data)
    try:
        with warnings.catch_warnings():
            # A damaged header can look like one of Python 2, about which NumPy warns.
            warnings.simplefilter("ignore")
            shape, fortran, dtype = _header(stream, data, name)
        if dtype.hasobject:
            raise UnreadableError(f"{name}: it holds Python objects, which are never loaded")
        count = 1
        for length in shape:
            count *= length
        left = len(data) - stream.tell()
        if count < 0 or dtype.itemsize == 0 or count * dtype.itemsize > left:
            raise UnreadableError(f"{name}: it is cut short: {left} bytes for {count} entries")
        flat = np.frombuffer(data, dtype=dtype, count=count, offset=stream.tell())
        return flat.reshape(shape, order="F" if fortran else "C")
    except UnreadableError:
        raise
    except _BROKEN as error:
        raise UnreadableError(f"{name}: no NumPy array: {str(error)[:200]}") from error
