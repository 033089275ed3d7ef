"""Counter-based random numbers: a draw is a function of (seed, exchange uid, iteration) and of nothing else.

Philox4x32 with 10 rounds (J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as
1, 2, 3", SC'11, doi:10.1145/2063384.2063405) maps the counter (iteration // 4, stream, uid low, uid high) under the key
(seed low, seed high) to four words of 32 bits, one for each of four successive iterations. So the same seed gives the
same draws for any subset of exchanges, in any order, with any number of threads, and two products are always compared
on the same draws.

A word w becomes the uniform number (w + 1/2)/2³², never 0 or 1, symmetric and exact in float64; the normal number is
its inverse CDF, so it lies within ±6.34 standard deviations. `exp`, `log` and `inverse_normal` here use nothing but
+, −, ×, ÷ and square roots, which IEEE 754 fixes to the last bit, and integer operations on the bits of float64: the
bits are the same on every processor, which those of a system's own exp and log are not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from zuji.engine.columns import Floats

Words = npt.NDArray[np.uint32]
Uids = npt.NDArray[np.uint64]

ROUNDS = 10
MULTIPLIER = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
"""Constants of Philox4x32: the paper, section 3.3 (golden ratio and √3 − 1 for the key schedule)."""
LOW = 0xFFFFFFFF

DRAWS, SHIFTS, LADDERS, COPULAS, CHECKS = range(5)
"""Streams: independent sets of numbers for one uid (draws, Sobol shifts, Latin permutations, copulas, spot checks)."""


def uid_of(text: str) -> int:
    """The 64-bit uid of an exchange named by a text: the first eight bytes of its SHA-256, little-endian."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")


def uids_of(texts: Iterable[str]) -> Uids:
    """`uid_of` for each text, shape (texts,)."""
    return np.array([uid_of(text) for text in texts], dtype=np.uint64)


def philox(counter: npt.NDArray[np.uint32], key: npt.NDArray[np.uint32]) -> Words:
    """Philox4x32-10 of counters (…, 4) under keys (…, 2), equal to the published known answers; shape (…, 4)."""
    shape = np.broadcast_shapes(counter.shape[:-1], key.shape[:-1])
    c0, c1, c2, c3 = (np.broadcast_to(counter[..., i], shape).astype(np.uint64) for i in range(4))
    k0, k1 = (np.broadcast_to(key[..., i], shape).astype(np.uint64) for i in range(2))
    low, half = np.uint64(LOW), np.uint64(32)
    for _ in range(ROUNDS):
        p0, p1 = c0 * np.uint64(MULTIPLIER[0]), c2 * np.uint64(MULTIPLIER[1])
        c0, c1, c2, c3 = (p1 >> half) ^ c1 ^ k0, p1 & low, (p0 >> half) ^ c3 ^ k1, p0 & low
        k0, k1 = (k0 + np.uint64(WEYL[0])) & low, (k1 + np.uint64(WEYL[1])) & low
    return np.stack([c0, c1, c2, c3], axis=-1).astype(np.uint32)


def words(seed: int, uids: Uids, start: int, count: int, stream: int = DRAWS) -> Words:
    """The words of iterations `start` to `start + count - 1` for each uid, shape (uids, count)."""
    if start < 0 or count < 0:
        raise ValueError("iterations count from 0")
    first, last = start // 4, -(-(start + count) // 4)
    uids = np.asarray(uids, dtype=np.uint64)
    counter = np.empty((len(uids), last - first, 4), dtype=np.uint32)
    counter[..., 0] = np.arange(first, last, dtype=np.uint64).astype(np.uint32)
    counter[..., 1] = stream
    counter[..., 2] = (uids & np.uint64(LOW)).astype(np.uint32)[:, None]
    counter[..., 3] = (uids >> np.uint64(32)).astype(np.uint32)[:, None]
    found = philox(counter, np.array([seed & LOW, (seed >> 32) & LOW], dtype=np.uint32))
    return np.ascontiguousarray(
        found.reshape(len(uids), 4 * (last - first))[:, start - 4 * first : start - 4 * first + count]
    )


def uniform(words: Words) -> Floats:
    """(w + 1/2)/2³² of each word: in (0, 1), exact, and 1 − u is a value of the same grid."""
    return (words.astype(np.float64) + 0.5) * 2.0**-32


LOG2E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.6931467056274414, 4.7493250390316726e-07
"""ln 2 in two parts; the first has 20 bits, so that its multiples by a whole number below 2¹¹ are exact."""
MAGIC = 6755399441055744.0
"""1.5·2⁵²: adding it leaves the nearest whole number in the low bits of the sum."""
EXP_TAIL = (
    0.5000000000000001, 0.16666666666666669, 0.041666666666624136, 0.008333333333330063, 0.001388888891720967,
    0.00019841269863050506, 2.4801521302241082e-05, 2.7557268464831627e-06, 2.7620085455018414e-07,
    2.510038319586702e-08,
)  # fmt: skip
"""(eʳ − 1 − r)/r² on |r| ≤ ln 2 / 2 at Chebyshev nodes; relative error of eʳ below 2e-17 before rounding."""
LOG_TAIL = (
    0.666666666666667, 0.3999999999989819, 0.28571428626570206, 0.22222211037816586, 0.18182896183483246,
    0.1533148723586137, 0.14619343453558123,
)  # fmt: skip
"""(ln((1+s)/(1−s))/s − 2)/s² in s² ≤ 0.0295 at Chebyshev nodes; relative error of the logarithm below 5e-18."""
EXP_LIMIT = 708.0
"""|x| above this is cut off: e^708 is near the largest float64."""


def exp(x: Floats) -> Floats:
    """eˣ within 2 units of the last place for |x| ≤ 708 (beyond that, e^±708), the same bits on every machine."""
    x = np.minimum(np.maximum(np.asarray(x, dtype=np.float64), -EXP_LIMIT), EXP_LIMIT)
    shifted = x * LOG2E + MAGIC
    k = shifted - MAGIC
    r = (x - k * LN2_HIGH) - k * LN2_LOW
    tail = np.full_like(r, EXP_TAIL[-1])
    for coefficient in EXP_TAIL[-2::-1]:
        tail = tail * r + coefficient
    power = ((shifted.view(np.int64) + 1023) << np.int64(52)).view(np.float64)
    return np.asarray(((tail * r) * r + r + 1.0) * power)


def log(x: Floats) -> Floats:
    """ln x within 2 units of the last place for normal numbers x > 0, the same bits on every machine."""
    bits = np.asarray(x, dtype=np.float64).view(np.int64)
    # The exponent is counted from √½, so that the mantissa m lies between √½ and √2.
    exponent = (bits - np.int64(0x3FE6A09E667F3BCD)) >> np.int64(52)
    m = (bits - (exponent << np.int64(52))).view(np.float64)
    k = exponent.astype(np.float64)
    s = (m - 1.0) / (m + 1.0)
    z = s * s
    tail = np.full_like(z, LOG_TAIL[-1])
    for coefficient in LOG_TAIL[-2::-1]:
        tail = tail * z + coefficient
    return np.asarray(((tail * z) * s + k * LN2_LOW) + 2.0 * s + k * LN2_HIGH)


CENTRE = (
    (2.50908092873012267270e3, 3.34305755835881281050e4, 6.72657709270087008530e4, 4.59219539315498714570e4,
     1.37316937655094611250e4, 1.97159095030655144270e3, 1.33141667891784377450e2, 3.38713287279636660800e0),
    (5.22649527885285456100e3, 2.87290857357219426740e4, 3.93078958000927106100e4, 2.12137943015865958670e4,
     5.39419602142475110770e3, 6.87187007492057908300e2, 4.23133307016009112520e1, 1.0),
)  # fmt: skip
TAIL = (
    (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
     3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0),
    (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
     6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0),
)  # fmt: skip
FAR_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
     2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0),
    (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
     1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0),
)  # fmt: skip
"""Numerators and denominators of PPND16, highest power first: M. J. Wichura, "Algorithm AS 241: the percentage points
of the normal distribution", Applied Statistics 37 (1988) 477-484, doi:10.2307/2347330."""
CENTRAL = 0.425
"""|u − 1/2| up to which the central formula holds."""


def _ratio(r: Floats, formula: tuple[tuple[float, ...], tuple[float, ...]]) -> Floats:
    above, below = (np.full_like(r, part[0]) for part in formula)
    for a, b in zip(formula[0][1:], formula[1][1:], strict=True):
        above, below = above * r + a, below * r + b
    return above / below


def inverse_normal(u: Floats) -> Floats:
    """The standard normal quantile of each 0 < u < 1 to about 1e-15 relative (AS 241), the same bits everywhere."""
    u = np.asarray(u, dtype=np.float64)
    q = u - 0.5
    z = q * _ratio(0.180625 - q * q, CENTRE)
    outside = np.abs(q) > CENTRAL
    if outside.any():
        side = q[outside]
        r = np.sqrt(-log(np.where(side < 0, u[outside], 1.0 - u[outside])))
        value = np.where(r <= 5.0, _ratio(r - 1.6, TAIL), _ratio(r - 5.0, FAR_TAIL))
        z[outside] = np.where(side < 0, -value, value)
    return np.asarray(z)


def normal(seed: int, uids: Uids, start: int, count: int, stream: int = DRAWS) -> Floats:
    """Standard normal numbers of the given iterations, shape (uids, count)."""
    return inverse_normal(uniform(words(seed, uids, start, count, stream)))
