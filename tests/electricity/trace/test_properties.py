"""What must hold for every grid: conservation, origins, symmetry, gradients, and ways that agree (T15)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zuji.electricity.trace import Balance, Coupling, Generator, Labels, Link, Losses, Rule, Storage, Zone, trace
from zuji.electricity.trace.kernel import periods

from .grids import random_grid, simple

GRIDS = st.builds(
    random_grid, st.integers(0, 10_000), st.integers(1, 9), st.integers(1, 12), stores=st.integers(0, 3),
    loss=st.sampled_from([0.0, 0.05]),
)  # fmt: skip
CONSERVING = st.builds(
    Rule,
    st.sampled_from([Coupling.DIRECT, Coupling.AGGREGATED]),
    st.sampled_from(list(Losses)),
    st.sampled_from([Storage.STOCK, Storage.FIFO]),
    st.booleans(),
)
QUICK = settings(max_examples=60, deadline=None)


def overdrawn(grid: Balance, rule: Rule) -> bool:
    """Whether a zone sends more than it has: random grids do."""
    return bool((periods(grid, rule).demand < 0).any())


@QUICK
@given(GRIDS, CONSERVING)
def test_what_was_emitted_is_accounted_for(grid: Balance, rule: Rule) -> None:
    """Σ factor × consumption + change of stock = emissions, to 1e-12, wherever every zone has a figure.

    What is left is the rounding of the factors themselves: 2⁻⁵³ of Σ |factor × energy entered|, which counts a MWh once
    in every zone that it passes. That sum is a few times the emissions, but where zones send more than they have it can
    be thousands of times as much, and no factor in double precision is exact enough for 1e-12 of the emissions then;
    hence 1e-15 of it as the second bound, a few roundings.
    """
    made = trace(grid, rule)
    if rule.coupling is Coupling.AGGREGATED and overdrawn(grid, rule):
        return  # aggregated coupling needs a demand that is not negative
    if (made.reasons > 1).any():
        return  # a circle without a generator has no figure, and so no account
    entered = periods(grid, rule).entered
    gross = np.einsum("tng,tn->g", np.nan_to_num(made.values), entered)
    bound = np.maximum(1e-12 * made.emissions, 1e-15 * gross)
    if not overdrawn(grid, rule):
        assert (gross <= 1000 * made.emissions).all()  # so the first bound holds alone
    assert (np.abs(made.imbalance) <= bound).all()


@QUICK
@given(GRIDS, CONSERVING)
def test_origins_say_what_was_generated(grid: Balance, rule: Rule) -> None:
    """Origins are never negative; without losses and stores they sum to one; carbon follows from origin and mix."""
    if rule.coupling is Coupling.AGGREGATED and overdrawn(grid, rule):
        return
    made = trace(grid, rule)
    origin, technology = made.origin(), made.technology()
    known = made.reasons == 0
    assert (origin[known] >= -1e-12).all()
    assert origin[known].sum(axis=1) == pytest.approx(technology[known].sum(axis=1))
    lossless = not made.run.stored and (grid.sent == grid.received).all()
    if lossless:
        assert origin[known].sum(axis=1) == pytest.approx(1, abs=1e-12)
    own = grid.emissions()[:, :, 0]
    generated = grid.zone_generation()
    if not made.run.stored:
        intensity = np.divide(own, generated, out=np.zeros_like(own), where=generated > 0)
        assert np.einsum("tij,tj->ti", origin[:, :, :-1], intensity)[known] == pytest.approx(
            made.values[:, :, 0][known]
        )


@QUICK
@given(GRIDS, st.randoms(use_true_random=False))
def test_relabelling_permutes(grid: Balance, random: object) -> None:
    """Another order of the zones gives the same figures in another order."""
    n = len(grid.labels.zones)
    order = list(range(n))
    random.shuffle(order)  # type: ignore[attr-defined]
    labels = grid.labels
    other = Balance(
        Labels(tuple(labels.zones[i] for i in order), labels.generators, labels.links, labels.stores, labels.gases),
        grid.hours, grid.generation, grid.factors, grid.sent, grid.received, grid.charge, grid.discharge,
    )  # fmt: skip
    first, second = trace(grid), trace(other)
    assert second.reasons.tolist() == first.reasons[:, order].tolist()
    np.testing.assert_allclose(second.values, first.values[:, order], rtol=1e-9, atol=1e-9)


@QUICK
@given(GRIDS, st.floats(0.001, 1000))
def test_scaling_changes_nothing(grid: Balance, k: float) -> None:
    """All energies times k give the same factors."""
    scaled = Balance(
        grid.labels, grid.hours, grid.generation * k, grid.factors, grid.sent * k, grid.received * k, grid.charge * k,
        grid.discharge * k,
    )  # fmt: skip
    np.testing.assert_allclose(trace(scaled).values, trace(grid).values, rtol=1e-8, atol=1e-8)


@QUICK
@given(GRIDS, CONSERVING, st.integers(1, 5))
def test_chunks_do_not_show(grid: Balance, rule: Rule, size: int) -> None:
    """Any chunk size gives the same bytes, of factors and of origins."""
    whole, cut = trace(grid, rule, chunk=10_000), trace(grid, rule, chunk=size)
    assert cut.values.tobytes() == whole.values.tobytes()
    assert cut.origin().tobytes() == whole.origin().tobytes()
    assert cut.technology().tobytes() == whole.technology().tobytes()


@QUICK
@given(GRIDS, CONSERVING)
def test_sparse_is_dense(grid: Balance, rule: Rule) -> None:
    """One sparse factorisation per period gives what the batched dense one gives."""
    dense, sparse = trace(grid, rule, sparse=False), trace(grid, rule, sparse=True)
    assert sparse.reasons.tolist() == dense.reasons.tolist()
    np.testing.assert_allclose(sparse.values, dense.values, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(sparse.origin(), dense.origin(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("coupling", list(Coupling))
def test_an_isolated_zone_is_its_production(coupling: Coupling) -> None:
    """Without lines every rule gives emissions over generation."""
    made = trace(simple([[10.0, 0.0], [20.0, 5.0]], [300.0, 40.0]), Rule(coupling))
    assert made.values[:, 0, 0] == pytest.approx([300, 300])
    assert np.isnan(made.values[0, 1, 0])
    assert made.values[1, 1, 0] == pytest.approx(40)


def test_splitting_a_zone_changes_nothing() -> None:
    """A zone cut into two halves of the same mix, joined by a lossless tie, gives the same factors elsewhere."""
    one = simple([[100.0, 50.0]], [400.0, 20.0], ((0, 1),), [[30.0]])
    two = simple([[50.0, 50.0, 50.0]], [400.0, 400.0, 20.0], ((0, 1), (1, 2)), [[7.0, 30.0]])
    assert trace(two).values[0, [0, 2], 0] == pytest.approx(trace(one).values[0, :, 0])


@QUICK
@given(st.integers(0, 10_000), st.sampled_from(list(Losses)))
def test_the_gradient_is_the_difference(seed: int, losses: Losses) -> None:
    """Energy, emission factor and line: the closed form equals a central difference."""
    grid = random_grid(seed, 6, 1)
    rule = Rule(losses=losses)
    made = trace(grid, rule)
    from zuji.electricity.trace.gradient import terms

    parts = terms(made, 0)
    draw = np.random.default_rng(seed)
    zone = int(draw.integers(6))
    if made.reasons[0].any():
        return
    row = periods(grid, rule).adjoint(zone)[0]
    h = 1e-5

    def changed(name: str, column: int, k: float) -> float:
        arrays = {n: getattr(grid, n).copy() for n in ("generation", "factors", "sent", "received")}
        for which in ("sent", "received") if name == "flow" else (name,):
            place = (column, 0) if which == "factors" else (0, column)
            arrays[which][place] *= 1 + k
        other = Balance(
            grid.labels, grid.hours, arrays["generation"], arrays["factors"], arrays["sent"], arrays["received"]
        )
        return float(trace(other, rule).values[0, zone, 0])

    s = int(draw.integers(len(grid.labels.generators)))
    z = int(grid.labels.generator_zone[s])
    for name, term in (("generation", parts.energy[0, s]), ("factors", parts.factor[0, s])):
        difference = (changed(name, s, h) - changed(name, s, -h)) / (2 * h)
        assert row[z] * term == pytest.approx(difference, rel=1e-5, abs=1e-5)
    if grid.labels.links:
        i = int(draw.integers(len(grid.labels.links)))
        difference = (changed("flow", i, h) - changed("flow", i, -h)) / (2 * h)
        assert row[grid.labels.receiver[i]] * parts.flow[0, i] == pytest.approx(difference, rel=1e-5, abs=1e-5)


def test_deviation_agrees_with_a_sample() -> None:
    """The standard deviation in closed form is that of 4,000 draws, within the error of such a sample (3 %)."""
    grid = random_grid(4, 5, 1, gases=1)
    generators = tuple(Generator(g.id, g.zone, g.technology, sd=0.02) for g in grid.labels.generators)
    links = tuple(Link(x.id, x.sender, x.receiver, sd=0.03) for x in grid.labels.links)
    labels = Labels(grid.labels.zones, generators, links, (), grid.labels.gases)
    factor_sd = np.full(grid.factors.shape, 0.01)
    one = Balance(labels, grid.hours, grid.generation, grid.factors, grid.sent, grid.received, factor_sd=factor_sd)
    made = trace(one)
    draw, n = np.random.default_rng(0), 4000
    generation = grid.generation * (1 + 0.02 * draw.standard_normal((n, grid.generation.shape[1])))
    line = 1 + 0.03 * draw.standard_normal((n, len(links)))
    hours = 480_000 + np.arange(n)
    found = np.empty((n, 5))
    # Factors do not vary by period in one balance: their part is linear, so it is drawn as emissions of a second gas.
    varied = Balance(labels, hours, generation, grid.factors, grid.sent * line, grid.received * line)
    base = trace(varied).values[:, :, 0]
    origin = made.devices
    known = made.reasons[0] == 0
    for z in np.flatnonzero(known):
        share = origin(f"Z{z}")[0][0]
        noise = 0.01 * draw.standard_normal((n, len(generators)))
        found[:, z] = base[:, z] + noise @ (share * grid.factors[:, 0])
    assert made.uncertainty()[0][known] == pytest.approx(found[:, known].std(axis=0), rel=0.06, abs=1e-9)


def test_the_ranking_adds_up() -> None:
    """Shares of the variance sum to one; a meter without error has none; the largest stands first."""
    ranked = trace(random_grid(3, 6, 5)).meters("Z0")
    assert sum(meter.share for meter in ranked) == pytest.approx(1)
    assert [m.share for m in ranked] == sorted((m.share for m in ranked), reverse=True)
    assert {m.kind for m in ranked} <= {"generation", "factor", "flow", "discharge"}
    with pytest.raises(ValueError, match="direct"):
        trace(random_grid(3, 6, 5), Rule(Coupling.AGGREGATED)).meters("Z1")


@QUICK
@given(GRIDS, st.sampled_from(list(Coupling)))
def test_the_card_adds_up(grid: Balance, coupling: Coupling) -> None:
    """The parts of an explained figure sum to the figure, under every rule."""
    made = trace(grid, Rule(coupling))
    for z, zone in enumerate(grid.labels.zones):
        card = made.explain(zone.id, int(grid.hours[-1]), top=2)
        if card.value is None:
            assert card.reason
            continue
        assert sum(s.carbon for s in card.sources) + card.rest_carbon == pytest.approx(made.values[-1, z, 0], abs=1e-9)


@QUICK
@given(GRIDS)
def test_ten_gases_are_ten_traces(grid: Balance) -> None:
    """Gases traced together give what each gives alone."""
    both = trace(grid).values
    for g in range(2):
        labels = grid.labels
        alone = Balance(
            Labels(labels.zones, labels.generators, labels.links, labels.stores, (labels.gases[g],)),
            grid.hours, grid.generation, grid.factors[:, [g]], grid.sent, grid.received, grid.charge, grid.discharge,
        )  # fmt: skip
        np.testing.assert_allclose(trace(alone).values[:, :, 0], both[:, :, g], rtol=1e-9, atol=1e-9)


def test_ways_lead_from_the_origin_to_the_zone() -> None:
    """The way of a chain 0 → 1 → 2 carries the product of the import shares: 1/2 × 1/5. Hand calculation."""
    grid = simple([[100.0, 50.0, 40.0]], [1.0, 2.0, 3.0], ((0, 1), (1, 2)), [[50.0, 10.0]])
    ways = trace(grid).explain("Z2", 480_000).ways
    assert [way.zones for way in ways] == [("Z1", "Z2"), ("Z0", "Z1", "Z2")]
    assert [way.share for way in ways] == pytest.approx([0.2, 0.1])


def test_labels_are_checked() -> None:
    """Two zones of one id, an unknown zone and a link to itself are programming errors."""
    zone = Zone("A")
    for labels in (
        lambda: Labels((zone, zone)),
        lambda: Labels((zone,), (Generator("g", "B", "t"),)),
        lambda: Labels((zone,), (), (Link("x", "A", "A"),)),
    ):
        with pytest.raises(ValueError):  # noqa: PT011
            labels()


def test_a_knot_of_flows_is_iterated_to_the_same_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where thousands of zones lie in one circle the iteration gives what the factorisation gives, to 1e-12."""
    from zuji.electricity.trace import system

    for seed in range(20):
        grid = random_grid(seed, 9, 3)
        dense = trace(grid, sparse=False)
        with monkeypatch.context() as patch:
            patch.setattr(system, "KNOT", 0)
            patch.setattr(system, "STEPS", 100_000)
            iterated = trace(grid, sparse=True)
            shares = iterated.devices("Z0")[0]
        np.testing.assert_allclose(shares, dense.devices("Z0")[0], rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(trace(grid, sparse=True).devices("Z0")[0], shares, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(iterated.values, dense.values, rtol=1e-12, atol=1e-9)


def test_no_figure_where_losses_and_overdrawn_zones_have_no_solution() -> None:
    """Two zones that send each other more than they have, with losses: no figure, never a negative one.

    x = (1 + 9, 1 + 9), sent 18 each way: the matrix [[10, −18], [−18, 10]] has the inverse entries −10/224 and −18/224.
    A zone above them keeps its figure.
    """
    links = ((0, 1), (1, 0), (2, 0))
    grid = simple([[1.0, 1.0, 50.0]], [100.0, 100.0, 700.0], links, [[18.0, 18.0, 0.5]], [[9.0, 9.0, 0.4]])
    for sparse in (False, True):
        made = trace(grid, sparse=sparse)
        assert made.reasons[0].tolist() == [7, 7, 0]
        assert made.values[0, 2, 0] == pytest.approx(700)
        assert {f.code for f in made.findings} == {"ZJ605"}
    assert (trace(grid, Rule(losses=Losses.SENDER)).values > 0).all()


@QUICK
@given(GRIDS, CONSERVING)
def test_no_factor_is_negative(grid: Balance, rule: Rule) -> None:
    """Every figure lies between 0 and what losses and storage make of the dirtiest generator, also in odd grids."""
    made = trace(grid, rule)
    assert (made.values[made.reasons == 0] >= -1e-9).all()


def test_a_singular_hour_has_a_reason() -> None:
    """x = (6 + 4, 2 + 8), sent 20 and 5: the matrix [[10, −5], [−20, 10]] has the determinant 0; no figure, no error.

    The second hour of the same grid, and the zone above the circle, keep their figures.
    """
    links = ((0, 1), (1, 0), (2, 0))
    sent, received = [[20.0, 5.0, 0.0], [1.0, 1.0, 0.0]], [[8.0, 4.0, 0.0], [1.0, 1.0, 0.0]]
    grid = simple([[6.0, 2.0, 50.0], [6.0, 2.0, 50.0]], [100.0, 200.0, 700.0], links, sent, received)
    for sparse in (False, True):
        made = trace(grid, sparse=sparse)
        assert made.reasons.tolist() == [[7, 7, 0], [0, 0, 0]]
        assert made.values[:, 2, 0] == pytest.approx([700, 700])
        assert np.isfinite(made.origin()[made.reasons == 0]).all()
        assert made.explain("Z0", 480_000).reason
        assert trace(grid, Rule(Coupling.AGGREGATED), sparse=sparse).reasons[1].tolist() == [0, 0, 0]


@pytest.mark.parametrize("coupling", [Coupling.DIRECT, Coupling.AGGREGATED])
@pytest.mark.parametrize("sparse", [False, True])
def test_a_circle_that_only_feeds_its_lines_has_a_reason(coupling: Coupling, sparse: bool) -> None:
    """A generates 1 and gets 9 of the 9.5 that B returns of the 9.5 that came of its 10: nobody takes anything.

    All carbon is lost in the lines and the receiver that bears it passes it on: [[10, −9.5], [−10, 9.5]] is singular.
    Where the sender bears losses A takes 10 − 9.5 and B 9.5 − 9 MWh.
    """
    grid = simple([[1.0, 0.0]], [600.0, 0.0], ((0, 1), (1, 0)), [[10.0, 9.5]], [[9.5, 9.0]])
    made = trace(grid, Rule(coupling), sparse=sparse)
    assert made.reasons.tolist() == [[8, 8]]
    assert "lines" in made.explain("Z1", 480_000).reason
    borne = trace(grid, Rule(coupling, Losses.SENDER), sparse=sparse)
    assert borne.reasons.tolist() == [[0, 0]]
    assert borne.imbalance == pytest.approx([0], abs=1e-10)


def test_surplus_that_circles_without_a_taker_has_a_reason() -> None:
    """Aggregated coupling: both zones meet their demand themselves, and 0.5 MWh each are lost on the way to the other.

    Direct coupling mixes them, and conserves.
    """
    grid = simple([[50.0, 40.0]], [600.0, 100.0], ((0, 1), (1, 0)), [[10.0, 10.0]], [[9.5, 9.5]])
    assert trace(grid, Rule(Coupling.AGGREGATED)).reasons.tolist() == [[8, 8]]
    direct = trace(grid)
    assert direct.reasons.tolist() == [[0, 0]]
    assert direct.imbalance == pytest.approx([0], abs=1e-9)


def test_a_line_that_loses_everything_is_borne_by_its_sender() -> None:
    """10 MWh at 600 kg leave A and nothing arrives at B: A takes all its 100 MWh, B has the factor of its own plant."""
    grid = simple([[100.0, 50.0]], [600.0, 30.0], ((0, 1),), [[10.0]], [[0.0]])
    made = trace(grid)
    assert made.values[0, :, 0] == pytest.approx([600, 30])
    assert made.consumption.tolist() == [[100, 50]]
    assert made.imbalance == pytest.approx([0], abs=1e-9)


def test_a_cyclic_stock_that_hardly_turns_over_conserves() -> None:
    """What a store starts with is what its course was worked out from, also where the rounds do not settle.

    In this grid the carbon of the opening stock settles more slowly than the most rounds allow (FIFO); the course of
    the last round and the opening of a further one would differ by 2e-12 of the emissions.
    """
    draw = np.random.default_rng(1525)
    size = int(draw.integers(1, 10)), int(draw.integers(1, 13))
    grid = random_grid(1525, *size, stores=int(draw.integers(0, 4)), loss=float(draw.choice([0, 0.05, 0.05])))
    made = trace(grid, Rule(storage=Storage.FIFO))
    assert made.run.stored
    assert (np.abs(made.imbalance) <= 1e-14 * made.emissions).all()


def test_origins_with_stores_need_no_array_of_the_whole_time() -> None:
    """Trace and origins with a store in every zone stay below 1.5 times the origin array."""
    import tracemalloc

    grid = random_grid(1, 16, 600, stores=16, gases=1)
    tracemalloc.start()
    array = trace(grid).origin()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    held = sum(grid.arrays()[name].nbytes for name in ("generation", "sent", "received"))
    assert most <= 1.5 * array.nbytes + held  # the grid's own tables are as large here as origins; a year's are not
