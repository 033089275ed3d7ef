"""The findings of an uncertainty analysis (ZJ93…)."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

UNUSABLE = define(
    "ZJ930", ERROR,
    what=N_("the uncertainty of '{name}' cannot be sampled: {problem}"),
    why=N_("a spread that is read wrongly gives a false confidence, so this number stays as it is in every sample"),
    mend=N_("correct the distribution or its parameters; they mean what they mean in stats_arrays"),
)  # fmt: skip
PARTLY_STATED = define(
    "ZJ931", WARNING,
    what=N_("{share} of the result has no uncertainty, stated, rated or assumed: {list}"),
    why=N_("what nobody stated does not vary in the samples, so the interval is too narrow"),
    mend=N_("state an uncertainty or ratings for the largest of them"),
)  # fmt: skip
NOTHING_STATED = define(
    "ZJ932", WARNING,
    what=N_("nothing in this footprint has an uncertainty or a data-quality rating; every sample is the same"),
    why=N_("an interval of zero width would say that everything is known exactly"),
    mend=N_("state uncertainties of the activity data, or rate data and datasets"),
)  # fmt: skip
FROM_RATINGS = define(
    "ZJ933", NOTE,
    what=N_("the spread of {count} inputs is taken from data-quality ratings, read as pedigree scores (not verified)"),
    why=N_("a rating says little about the spread of one number; the variances are those of ecoinvent's guideline"),
    mend=N_("state the uncertainty where it is known, above all for the largest drivers"),
)  # fmt: skip
MEAN_DIFFERS = define(
    "ZJ934", NOTE,
    what=N_("the mean of the samples is {difference} above the stated result"),
    why=N_("skewed distributions around stated medians have larger means; report the stated result with its interval"),
    mend=N_("nothing to mend"),
)  # fmt: skip
STOPPED = define(
    "ZJ935", WARNING,
    what=N_("{done} of {wanted} samples were drawn; figures rest on these"),
    why=N_("the run was stopped before its end; fewer samples know the percentiles less well"),
    mend=N_("run it again with the same seed: its first samples will be the same"),
)  # fmt: skip
FROM_KIND = define(
    "ZJ936", WARNING,
    what=N_("for {count} of {all} inputs nobody stated a spread or a rating; theirs is assumed from the kind of datum"),
    why=N_("an assumed spread shows which inputs matter, but the interval that it gives is not that of the product"),
    mend=N_("state the uncertainty of the largest drivers, or rate them"),
)  # fmt: skip
FACTORS_VARY = define(
    "ZJ910", NOTE,
    what=N_("the warming potentials of {gases} vary by the 5 to 95 % ranges that go with {gwp_set} (not verified)"),
    why=N_("factors are uncertain too; the ranges were read in secondary sources and are taken as normal"),
    mend=N_("nothing to mend; compare with fixed factors where two products share their gases"),
)  # fmt: skip
FACTORS_FIXED = define(
    "ZJ911", NOTE,
    what=N_("no range is known for the {gwp_set} factors behind {share} of the result, so they do not vary: {gases}"),
    why=N_("a factor without a stated range is not certain, it is only not known how uncertain"),
    mend=N_("give their distributions where they are known"),
)  # fmt: skip
