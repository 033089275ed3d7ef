"""No solve without a diagnosis: a gain above one is an error, credits that leave a net output are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from zuji.engine import soundness
from zuji.engine.adjoint import scores
from zuji.engine.diagnose import diagnose
from zuji.engine.snapshot import Snapshot, exchanges
from zuji.engine.system import System
from zuji.errors import EngineError


def loop(*shares: float) -> Snapshot:
    """A ring: activity i takes shares[i] of activity i + 1 per unit, and each emits 1 kg."""
    n = len(shares)
    return Snapshot.build(
        activities=[f"a{i}" for i in range(n)],
        flows=["CO2"],
        technosphere=exchanges(
            row=[*range(n), *((i + 1) % n for i in range(n))],
            column=[*range(n), *range(n)],
            value=[*[1.0] * n, *shares],
            sign=[*[1] * n, *[-1] * n],
            production=[*[True] * n, *[False] * n],
        ),
        biosphere=exchanges(uid=1000 + np.arange(n), row=[0] * n, column=np.arange(n), value=[1.0] * n),
    )


def test_a_gain_above_one_gives_no_negative_scores() -> None:
    """2 × 0.6 = 1.2 round the ring: by hand y = (1 + 2)/(1 − 1.2) = −15, which nobody may see."""
    with pytest.raises(EngineError, match=r"takes at least 1\.\d+ of what it delivers") as raised:
        System.of(loop(2.0, 0.6))
    assert set(raised.value.culprits) == {"a0", "a1"}


def test_a_gain_just_below_one_is_solved() -> None:
    """2 × 0.45 = 0.9: y₀ = (1 + 2)/(1 − 0.9) = 30 by hand, without asking the doctor."""
    found = scores(System.of(loop(2.0, 0.45)), np.ones(1))
    assert found.values[0, 0] == pytest.approx(30)


@pytest.mark.parametrize("share", [-0.5, -3.0])
def test_credits_that_leave_a_net_output_are_solved(share: float) -> None:
    """A credit round the ring: y₀ = (1 + s)/(1 − s·0.8) by hand, also where its size exceeds one."""
    found = scores(System.of(loop(share, 0.8)), np.ones(1))
    assert found.values[0, 0] == pytest.approx((1 + share) / (1 - share * 0.8))


def test_credits_that_leave_nothing_are_an_error() -> None:
    """−2 × −0.5 = 1 round the ring: singular, and named."""
    with pytest.raises(EngineError):
        System.of(loop(-2.0, -0.5))


def test_an_activity_that_uses_itself_up_is_an_error() -> None:
    """1.5 of its own product per unit: by hand y = 1/(1 − 1.5) = −2."""
    with pytest.raises(EngineError, match="of its own product"):
        System.of(loop(1.5))


def test_the_verdict_is_kept_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor looks once at one content; another value in the same structure is another patient."""
    asked = []
    monkeypatch.setattr(soundness, "diagnose", lambda snapshot: asked.append(snapshot.digest) or diagnose(snapshot))
    for _ in range(2):
        System.of(loop(-3.0, 0.8), tmp_path)
        with pytest.raises(EngineError):
            System.of(loop(2.0, 0.6), tmp_path)
    assert len(asked) == 2
    kept = next(tmp_path.glob("diagnosis-*"))
    kept.write_bytes(b"damaged")
    System.of(loop(-3.0, 0.8), tmp_path)
    with pytest.raises(EngineError):
        System.of(loop(2.0, 0.6), tmp_path)
    assert len(asked) == 3
