"""Uncertainty of scores: random numbers by counter, distributions, and a ladder of four ways to a distribution.

- `first_order`   (a) variance from primal × dual, at once; ranks what to measure better;
- `screened`      (b) Monte Carlo on the few exchanges that carry the variance; coverage measured;
- `monte_carlo`   (c) every uncertain exchange sampled, error certified; (d) a sample that does not settle is solved
                      with a factorisation of its own.

Every draw is a function of (seed, uid of the exchange, iteration), so the rungs, products and runs are paired.
"""
