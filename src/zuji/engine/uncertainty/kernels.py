"""Compiled kernels of the Monte Carlo run, eight samples (*lanes*) at a time; numba is imported with this module.

`draw_lognormals` gives the same bits as the NumPy reference in `random`: the same operations in the same order, and no
fused multiply-add. Blocks of 64 exchanges stay in the first-level cache, and every loop in them is free of branches,
so that the compiler turns it into vector instructions; the one exchange in seven beyond the central formula of the
inverse normal is collected, worked out together, and put back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from zuji.engine.uncertainty import random

LANES = 8
BLOCK = 64
SIZE = LANES * BLOCK

_LOW, _HALF = np.uint64(random.LOW), np.uint64(32)
_M0, _M1 = (np.uint64(m) for m in random.MULTIPLIER)
_W0, _W1 = (np.uint64(w) for w in random.WEYL)
_ROUNDS = random.ROUNDS
_A7, _A6, _A5, _A4, _A3, _A2, _A1, _A0 = random.CENTRE[0]
_B7, _B6, _B5, _B4, _B3, _B2, _B1, _B0 = random.CENTRE[1]
_C7, _C6, _C5, _C4, _C3, _C2, _C1, _C0 = random.TAIL[0]
_D7, _D6, _D5, _D4, _D3, _D2, _D1, _D0 = random.TAIL[1]
_E0, _E1, _E2, _E3, _E4, _E5, _E6, _E7, _E8, _E9 = random.EXP_TAIL
_L0, _L1, _L2, _L3, _L4, _L5, _L6 = random.LOG_TAIL
_LOG2E, _LN2_HIGH, _LN2_LOW, _MAGIC = random.LOG2E, random.LN2_HIGH, random.LN2_LOW, random.MAGIC
_CENTRAL = random.CENTRAL
_ROOT_HALF = np.int64(0x3FE6A09E667F3BCD)
_MANTISSA = np.int64(52)
_BIAS = np.int64(1023)


def _kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    try:
        compiled: Callable[..., Any] = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:  # no folder to cache in
        compiled = numba.njit(nogil=True, error_model="numpy")(function)
    return compiled


@_kernel
def _words(seed_low: Any, seed_high: Any, uid_low: Any, uid_high: Any, block: Any, stream: Any, z: Any) -> None:
    """z[lane·64 + e] = the word of exchange e in iteration 4·block + lane, as a float."""
    for half in range(2):
        base = half * 4 * BLOCK
        for e in range(uid_low.shape[0]):
            x0, x1, x2, x3 = block + np.uint64(half), stream, uid_low[e], uid_high[e]
            k0, k1 = seed_low, seed_high
            for _ in range(_ROUNDS):
                p0, p1 = (x0 & _LOW) * _M0, (x2 & _LOW) * _M1
                x0, x1, x2, x3 = (p1 >> _HALF) ^ x1 ^ k0, p1 & _LOW, (p0 >> _HALF) ^ x3 ^ k1, p0 & _LOW
                k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
            z[base + e] = np.float64(np.int64(x0))
            z[base + BLOCK + e] = np.float64(np.int64(x1))
            z[base + 2 * BLOCK + e] = np.float64(np.int64(x2))
            z[base + 3 * BLOCK + e] = np.float64(np.int64(x3))


@_kernel
def _offsets(z: Any) -> None:
    for i in range(SIZE):
        z[i] = (z[i] + 0.5) * 2.3283064365386963e-10 - 0.5


@_kernel
def _collect(z: Any, q: Any, where: Any) -> Any:
    count: Any = 0
    for i in range(SIZE):
        value = z[i]
        where[count] = i
        q[count] = value
        count += np.int64(abs(value) > _CENTRAL)
    return count


@_kernel
def _central(z: Any) -> None:
    for i in range(SIZE):
        q = z[i]
        r = 0.180625 - q * q
        above = ((((((_A7 * r + _A6) * r + _A5) * r + _A4) * r + _A3) * r + _A2) * r + _A1) * r + _A0
        below = ((((((_B7 * r + _B6) * r + _B5) * r + _B4) * r + _B3) * r + _B2) * r + _B1) * r + _B0
        z[i] = q * (above / below)


@_kernel
def _tails(z: Any, q: Any, where: Any, count: Any, p: Any) -> None:
    # A word of 32 bits gives √(−ln p) < 4.8: the formula for the far tail is never needed here.
    for i in range(count):
        p[i] = 0.5 - abs(q[i])
    bits = p.view(np.int64)
    for i in range(count):
        exponent = (bits[i] - _ROOT_HALF) >> _MANTISSA
        bits[i] = bits[i] - (exponent << _MANTISSA)
        k = np.float64(exponent)
        m = p[i]
        s = (m - 1.0) / (m + 1.0)
        x = s * s
        tail = (((((_L6 * x + _L5) * x + _L4) * x + _L3) * x + _L2) * x + _L1) * x + _L0
        logarithm = ((tail * x) * s + k * _LN2_LOW) + 2.0 * s + k * _LN2_HIGH
        r = np.sqrt(-logarithm) - 1.6
        above = ((((((_C7 * r + _C6) * r + _C5) * r + _C4) * r + _C3) * r + _C2) * r + _C1) * r + _C0
        below = ((((((_D7 * r + _D6) * r + _D5) * r + _D4) * r + _D3) * r + _D2) * r + _D1) * r + _D0
        p[i] = np.copysign(above / below, q[i])
    for i in range(count):
        z[where[i]] = p[i]


@_kernel
def _exponentials(z: Any, t: Any, mu: Any, sigma: Any, scale: Any) -> None:
    bits = z.view(np.int64)
    n = mu.shape[0]
    for lane in range(LANES):
        base = lane * BLOCK
        for e in range(n):
            x = mu[e] + sigma[e] * z[base + e]
            shifted = x * _LOG2E + _MAGIC
            k = shifted - _MAGIC
            r = (x - k * _LN2_HIGH) - k * _LN2_LOW
            tail = (((((((_E9 * r + _E8) * r + _E7) * r + _E6) * r + _E5) * r + _E4) * r + _E3) * r + _E2) * r + _E1
            tail = tail * r + _E0
            z[base + e] = shifted
            # The power of two that follows is exact, so the scale may come before it.
            t[base + e] = scale[e] * ((tail * r) * r + r + 1.0)
    for i in range(SIZE):
        bits[i] = (bits[i] + _BIAS) << _MANTISSA
    for i in range(SIZE):
        t[i] *= z[i]


@_kernel
def _store(t: Any, place: Any, out: Any) -> None:
    for e in range(place.shape[0]):
        p = place[e]
        for lane in range(LANES):
            out[p, lane] = t[lane * BLOCK + e]


@_kernel
def draw_lognormals(
    seed_low: Any, seed_high: Any, stream: Any, block: Any,
    uid_low: Any, uid_high: Any, mu: Any, sigma: Any, scale: Any, place: Any, out: Any,
) -> None:  # fmt: skip
    """out[place[e], lane] = scale[e]·exp(mu[e] + sigma[e]·z) for the eight iterations from 4·block on.

    The exponent must lie within ±708 for every word (|z| < 6.34): callers keep others out.
    """
    z, t, q, p = np.zeros(SIZE), np.zeros(SIZE), np.zeros(SIZE + 1), np.zeros(SIZE)
    where = np.zeros(SIZE + 1, np.int64)
    m = uid_low.shape[0]
    for start in range(0, m, BLOCK):
        stop = min(start + BLOCK, m)
        if stop - start < BLOCK:
            z[:] = 2147483648.0
        _words(seed_low, seed_high, uid_low[start:stop], uid_high[start:stop], block, stream, z)
        _offsets(z)
        count = _collect(z, q, where)
        _central(z)
        _tails(z, q, where, count, p)
        _exponentials(z, t, mu[start:stop], sigma[start:stop], scale[start:stop])
        _store(t, place[start:stop], out)


@_kernel
def right_side(indptr: Any, values: Any, weight: Any, out: Any) -> None:
    """out[j, lane] = Σ weight[e]·values[e, lane] over the exchanges e of activity j."""
    for j in range(indptr.shape[0] - 1):
        a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = 0.0
        for e in range(indptr[j], indptr[j + 1]):
            w, v = weight[e], values[e]
            a0 += w * v[0]
            a1 += w * v[1]
            a2 += w * v[2]
            a3 += w * v[3]
            a4 += w * v[4]
            a5 += w * v[5]
            a6 += w * v[6]
            a7 += w * v[7]
        o = out[j]
        o[0], o[1], o[2], o[3], o[4], o[5], o[6], o[7] = a0, a1, a2, a3, a4, a5, a6, a7


@_kernel
def _subtract(start: Any, stop: Any, indices: Any, values: Any, y: Any, right: Any, factor: Any, out: Any) -> None:
    """out = factor·(right − Σ values·y) over the entries from `start` to `stop`, in eight lanes."""
    a0, a1, a2, a3 = right[0], right[1], right[2], right[3]
    a4, a5, a6, a7 = right[4], right[5], right[6], right[7]
    for e in range(start, stop):
        v, x = values[e], y[indices[e]]
        a0 -= v[0] * x[0]
        a1 -= v[1] * x[1]
        a2 -= v[2] * x[2]
        a3 -= v[3] * x[3]
        a4 -= v[4] * x[4]
        a5 -= v[5] * x[5]
        a6 -= v[6] * x[6]
        a7 -= v[7] * x[7]
    out[0], out[1], out[2], out[3] = factor * a0, factor * a1, factor * a2, factor * a3
    out[4], out[5], out[6], out[7] = factor * a4, factor * a5, factor * a6, factor * a7


@_kernel
def _eliminate(start: Any, stop: Any, indices: Any, values: Any, w: Any, out: Any, factor: Any) -> None:
    """out = factor·(out − Σ values·w) with one factor for all lanes: a row of a triangular solve."""
    a0, a1, a2, a3, a4, a5, a6, a7 = out[0], out[1], out[2], out[3], out[4], out[5], out[6], out[7]
    for e in range(start, stop):
        v, x = values[e], w[indices[e]]
        a0 -= v * x[0]
        a1 -= v * x[1]
        a2 -= v * x[2]
        a3 -= v * x[3]
        a4 -= v * x[4]
        a5 -= v * x[5]
        a6 -= v * x[6]
        a7 -= v * x[7]
    out[0], out[1], out[2], out[3] = factor * a0, factor * a1, factor * a2, factor * a3
    out[4], out[5], out[6], out[7] = factor * a4, factor * a5, factor * a6, factor * a7


@_kernel
def substitute(first: Any, last: Any, indptr: Any, indices: Any, values: Any, right: Any, y: Any) -> None:
    """y of the activities `first` to `last - 1`, whose other suppliers are solved; the diagonal closes each column."""
    for j in range(first, last):
        diagonal = indptr[j + 1] - 1
        _subtract(indptr[j], diagonal, indices, values, y, right[j], 1.0, y[j])
        for lane in range(LANES):
            y[j, lane] /= values[diagonal, lane]


@_kernel
def prepare_core(
    first: Any, last: Any, indptr: Any, middle: Any, indices: Any, values: Any, y: Any, right: Any
) -> None:
    """Take what the core draws from solved activities off its right side."""
    for j in range(first, last):
        _subtract(indptr[j], middle[j], indices, values, y, right[j], 1.0, right[j])


@_kernel
def rest(size: Any, before: Any) -> Any:
    """What the corrections after one of `size` still add up to, if they shrink on as they did since `before`, two
    steps earlier.

    A factor below 1/5 a step is not believed, since the largest correction is not always where the largest error is.
    At the level of rounding corrections no longer shrink; then the last one is what is left.
    """
    ratio = max(np.sqrt(size / before), 0.2) if before > 0.0 else 0.2
    if ratio < 1.0:
        return size * ratio / (1.0 - ratio)
    return size if size <= 1e-9 else np.inf


@_kernel
def refine_core(
    first: Any, last: Any, indptr: Any, middle: Any, indices: Any, values: Any, right: Any, y: Any, gross: Any,
    row: Any, column: Any, lower: Any, upper: Any, inverse: Any, floor: Any, goal: Any, most: Any, work: Any,
    size: Any, previous: Any,
) -> Any:  # fmt: skip
    """Iterative refinement of the core's y by the pruned factors; returns the number of steps.

    `size` holds for each lane the largest |correction|/max(|y|, floor·gross) of the last step, `previous` those of the
    two steps before. It stops when what the series of corrections still holds is below `goal` in every lane, after
    `most` steps, or when a correction is a million times the score.
    """
    lower_indptr, lower_indices, lower_data = lower
    upper_indptr, upper_indices, upper_data = upper
    n = last - first
    for step in range(most):
        for j in range(first, last):
            _subtract(middle[j], indptr[j + 1], indices, values, y, right[j], 1.0 / gross[j], work[row[j - first]])
        for i in range(n):
            _eliminate(lower_indptr[i], lower_indptr[i + 1], lower_indices, lower_data, work, work[i], 1.0)
        for i in range(n - 1, -1, -1):
            _eliminate(upper_indptr[i], upper_indptr[i + 1], upper_indices, upper_data, work, work[i], inverse[i])
        previous[1] = previous[0]
        previous[0] = size
        size[:] = 0.0
        for j in range(first, last):
            g = gross[j]
            d, v = work[column[j - first]], y[j]
            for lane in range(LANES):
                change = g * d[lane]
                v[lane] += change
                size[lane] = max(size[lane], abs(change) / max(abs(v[lane]), floor * g))
        left, largest = 0.0, 0.0
        for lane in range(LANES):
            left = max(left, rest(size[lane], previous[1, lane]))
            largest = max(largest, size[lane])
        if (step > 1 and left <= goal) or not largest < 1e6:
            return step + 1
    return most
