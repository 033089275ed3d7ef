"""The finding about environmental product declarations in ILCD+EPD format, ZJ345."""

from __future__ import annotations

from zuji.finding import Severity, define
from zuji.i18n import N_

EPD_MODULES = define(
    "ZJ345",
    Severity.ERROR,
    what=N_("'{dataset}' is a product declaration with results by module ({modules}); it was not imported"),
    why=N_("its results of several modules are no inventory, and adding them up would choose a system boundary"),
    mend=N_("enter the results of the modules that you need as a supplier footprint, or import without this file"),
)
