"""Random changes of valid files: an import ends with findings or an UnreadableError, and what it stores is sound."""

from __future__ import annotations

import io
import math
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zuji.background.importers.options import Options
from zuji.background.importers.run import import_database
from zuji.background.store.library import Library
from zuji.errors import UnreadableError

from .building import (
    CH4,
    CO2,
    ENERGY,
    MASS,
    Spold,
    es1,
    es1_dataset,
    es1_exchange,
    ilcd_base,
    ilcd_exchange,
    ilcd_flow,
    ilcd_process,
)
from .building_formats import MORE

EXAMPLES = int(os.environ.get("ZUJI_FUZZ_EXAMPLES", "25"))
"""A long run sets this to some hundred thousand."""
GAS = "08a91e70-3ddc-11dd-923d-0050c2490048"
UNCERTAIN = (
    '<uncertainty><lognormal meanValue="1" mu="0" variance="0.1" varianceWithPedigreeUncertainty="0.2"/></uncertainty>'
)
PEDIGREE = (
    '<uncertainty><lognormal meanValue="1" mu="0" variance="0.1"/><pedigreeMatrix reliability="2" completeness="5"'
    ' temporalCorrelation="1" geographicalCorrelation="3" furtherTechnologyCorrelation="4"/></uncertainty>'
)
GAMMA = '<uncertainty><gamma shape="3" scale="0.5" minValue="1"/></uncertainty>'
BETA = '<uncertainty><beta minValue="1" mostFrequentValue="2" maxValue="4"/></uncertainty>'


def _ecospold2() -> dict[str, bytes]:
    one = (
        Spold("a")
        .takes("b", 2, more=UNCERTAIN)
        .takes("w", -0.1, more=GAMMA)
        .emits(CO2, 1, attributes=' mathematicalRelation="k*2"')
    )
    one.raw('<parameter variableName="k" amount="0.5"><name xml:lang="en">k</name></parameter>')
    other = Spold("b", unit="kWh").takes("a", 0.01, more=PEDIGREE).emits(CH4, 3, unit="g", more=BETA)
    others = other, Spold("w", output=-1).emits(CO2, 2)
    return {f"datasets/{d.id}.spold": d.xml.encode() for d in (one, *others)}


def _ecospold1() -> dict[str, bytes]:
    air = 'category="air" CASNumber="000124-38-9" uncertaintyType="1" standardDeviation95="1.2"'
    share = (
        '<allocation referenceToCoProduct="1" fraction="100"><referenceToInputOutput>2</referenceToInputOutput>'
        "</allocation>"
    )
    first = es1_exchange(1, "a", 1, "outputGroup>0") + es1_exchange(2, "b", 0.5, "inputGroup>5")
    second = es1_exchange(1, "b", 1, "outputGroup>0") + es1_exchange(2, "Carbon dioxide", 3, "outputGroup>4", more=air)
    impact = es1(
        es1_dataset(9, "gwp", es1_exchange(1, "Carbon dioxide", 1, "inputGroup>4", more=air)),
        namespace="EcoSpold01Impact",
    )
    return {
        "a.xml": es1(es1_dataset(1, "a", first, extra=share), es1_dataset(2, "b", second)).encode(),
        "m.xml": impact.encode(),
    }


def _ilcd() -> dict[str, bytes]:
    air = ("Emissions", "Emissions to air", "Emissions to air, unspecified")
    relations = (
        '<mathematicalRelations><variableParameter name="k"><formula>2*3</formula></variableParameter>'
        "</mathematicalRelations>"
    )
    shares = '<allocations><allocation internalReferenceToCoProduct="0" allocatedFraction="100"/></allocations>'
    emission = ilcd_exchange(
        2, GAS, "Output", 1, result="", more="<referenceToVariable>k</referenceToVariable>" + shares
    )
    files = {
        **ilcd_base(),
        **ilcd_flow("co2", "Elementary flow", id=GAS, cas="000124-38-9", categories=air),
        **ilcd_flow("steel", "Product flow", other=(ENERGY, 3)),
        **ilcd_flow("power", "Product flow", property=MASS),
        **ilcd_process(
            "p",
            ilcd_exchange(0, "steel", "Output", 1) + ilcd_exchange(1, "power", "Input", 2) + emission,
            relations=relations,
        ),
        **ilcd_process("q", ilcd_exchange(0, "power", "Output", 1) + ilcd_exchange(1, GAS, "Output", 2)),
    }
    return {name: text.encode() for name, text in files.items()}


FORMATS = {"ecospold2": _ecospold2(), "ecospold1": _ecospold1(), "ilcd": _ilcd(), **MORE}
TOKENS = (b"NaN", b"1e308", b"-1", b"0", b"", b"<", b">", b"&x;", b"\x00", b"\xff\xfe", b'"', b"1e-320", b"kg",
b"zork", b"\xe9",
          b"<x/>", b"</", b"]]>", b"<!--", b"<![CDATA[", b"9" * 400, b"a^9^9^9", b"k", b"true", b"-INF",
          b"xml:lang")  # fmt: skip

change = st.tuples(
    st.sampled_from(["cut", "insert", "replace", "repeat", "swap", "byte", "drop file", "raw zip"]),
    st.floats(0, 1, exclude_max=True),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from(TOKENS),
    st.integers(0, 30),
)


def _changed(data: bytes, kind: str, where: float, other: float, token: bytes, length: int) -> bytes:
    at = int(where * (len(data) + 1))
    if kind == "cut":
        return data[:at] + data[at + length :]
    if kind == "insert":
        return data[:at] + token + data[at:]
    if kind == "replace":
        # A whole value between quotes or tags becomes the token.
        start = max(data.rfind(b'"', 0, at), data.rfind(b">", 0, at)) + 1
        ends = [e for e in (data.find(b'"', start), data.find(b"<", start)) if e >= 0]
        return data[:start] + token + (data[min(ends) :] if ends else b"")
    if kind == "repeat":
        return data[:at] + data[max(0, at - 40 * length) : at] + data[at:]
    if kind == "swap":
        to = int(other * (len(data) + 1))
        a, b = sorted((at, to))
        return data[:a] + data[b : b + length] + data[a + length : b] + data[a : a + length] + data[b + length :]
    return data[:at] + bytes([length * 8]) + data[at + 1 :]


@pytest.mark.parametrize("name", sorted(FORMATS))
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(change, min_size=1, max_size=4), which=st.floats(0, 1, exclude_max=True))
def test_mutations(name: str, changes: list[tuple[str, float, float, bytes, int]], which: float) -> None:
    """No change of a file gives a traceback, and whatever may be stored has finite amounts and sound indices."""
    files = dict(FORMATS[name])
    raw: list[tuple[str, float, float, bytes, int]] = []
    for one in changes:
        target = sorted(files)[int(which * len(files))] if files else ""
        if one[0] == "raw zip":
            raw.append(one)
        elif one[0] == "drop file":
            files.pop(target, None)
        elif target:
            files[target] = _changed(files[target], *one)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for member, data in files.items():
            archive.writestr(member, data)
    data = buffer.getvalue()
    for _, where, other, token, length in raw:
        data = _changed(data, "byte", where, other, token, length)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "db.zip"
        path.write_bytes(data)
        try:
            imported = import_database(path, Options(workers=1))
        except UnreadableError:
            return
        for finding in imported.summary.findings:
            assert finding.what("en")
            assert finding.mend("zh")
        if imported.content is None:
            assert imported.summary.has_errors
            return
        arrays = imported.content.arrays
        for array in ("output", "tech_amount", "bio_amount", "factor_amount"):
            assert np.isfinite(arrays[array]).all()
        assert (arrays["output"] > 0).all()
        assert all(math.isfinite(v) for v in arrays["tech_unc_scale"][arrays["tech_unc_kind"] == 2])
        if not imported.refused_by(True):
            library = Library(Path(folder) / "data")
            imported.commit(library, "x", accept_gaps=True)
            stored = library.open("x")
            assert stored.problems() == []
            stored.close()
