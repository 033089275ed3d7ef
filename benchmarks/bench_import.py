"""Importing an EcoSpold 2 database: 20,000 datasets with 1,000,000 exchanges, beside bw2io on the same files.

    python3 run.py bench import [--datasets=20000] [--exchanges=50] [--keep=FOLDER] [--no-peer]

The database is made by this script, the same bytes on every machine. Every run is a process of its own, so that its
largest memory is its own; the peak is that of the process plus the largest of its children.
"""

from __future__ import annotations

import json
import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GASES = (
    ("349b29d1-3e58-4c66-98b9-9d1a076efd2e", "Carbon dioxide, fossil", "air", "unspecified", "000124-38-9", "CO2"),
    ("0795345f-c7ae-410c-ad25-1845784c75f5", "Methane, fossil", "air", "unspecified", "000074-82-8", "CH4"),
)
OTHERS = tuple(
    (
        str(uuid.uuid5(uuid.NAMESPACE_URL, f"flow {i}")),
        f"Substance {i}",
        ("air", "water", "soil")[i % 3],
        "unspecified",
        "",
        "",
    )
    for i in range(800)
)
HUB = 97
"""Every so many datasets is one that others take from whatever their number."""
HEAD = """<?xml version="1.0" encoding="utf-8"?>
<ecoSpold xmlns="http://www.EcoInvent.org/EcoSpold02"><activityDataset><activityDescription>
<activity id="{id}" activityNameId="{id}" type="1" specialActivityType="0"><activityName xml:lang="en">{name}</activityName>
<includedActivitiesStart xml:lang="en">From cradle.</includedActivitiesStart><includedActivitiesEnd xml:lang="en">To gate.</includedActivitiesEnd>
<generalComment><text xml:lang="en" index="1">A made-up dataset.</text></generalComment></activity>
<classification classificationId="27f6acbc-2350-450e-9762-1ce00e12ecba"><classificationSystem xml:lang="en">ISIC rev.4 ecoinvent</classificationSystem><classificationValue xml:lang="en">2395:Manufacture</classificationValue></classification>
<geography geographyId="0e0e1020-7d7e-11de-9ae2-0019e336be3a"><shortname xml:lang="en">{place}</shortname></geography>
<technology technologyLevel="3"><comment><text xml:lang="en" index="1">typical</text></comment></technology>
<timePeriod startDate="2015-01-01" endDate="2025-12-31" isDataValidForEntirePeriod="true"/>
<macroEconomicScenario macroEconomicScenarioId="d9f57f0a-a01f-42eb-a57b-8f18d6635801"><name xml:lang="en">Business-as-Usual</name></macroEconomicScenario>
</activityDescription><flowData>
"""  # noqa: E501
INPUT = """<intermediateExchange id="{x}" unitId="487df68b-4994-4027-8fdc-a4dc298257b7" amount="{amount}" intermediateExchangeId="{flow}"{link}>
<name xml:lang="en">{name}</name><unitName xml:lang="en">kg</unitName>{more}{group}</intermediateExchange>
"""  # noqa: E501
UNCERTAINTY = """<uncertainty><lognormal meanValue="{amount}" mu="{mu}" variance="0.02" varianceWithPedigreeUncertainty="0.04"/>
<pedigreeMatrix reliability="2" completeness="2" temporalCorrelation="3" geographicalCorrelation="1" furtherTechnologyCorrelation="1"/></uncertainty>
<property propertyId="6393c14b-db78-445d-a47b-c0cb866a1b25" amount="0.3" unitId="577e242a-461f-44a7-922c-d8e1c3d2bf45"><name xml:lang="en">carbon content</name><unitName xml:lang="en">dimensionless</unitName></property>
"""  # noqa: E501
EMISSION = """<elementaryExchange id="{x}" unitId="487df68b-4994-4027-8fdc-a4dc298257b7" amount="{amount}" elementaryExchangeId="{flow}"{cas}{formula}>
<name xml:lang="en">{name}</name><unitName xml:lang="en">kg</unitName>{more}
<compartment subcompartmentId="7011f0aa-f5f9-4901-8c10-884ad8296812"><compartment xml:lang="en">{air}</compartment><subcompartment xml:lang="en">{sub}</subcompartment></compartment>
<outputGroup>4</outputGroup></elementaryExchange>
"""  # noqa: E501
TAIL = """</flowData><modellingAndValidation><representativeness systemModelId="290c1f85-4cc4-4fa1-b0c8-2cb7f4276dce"><systemModelName xml:lang="en">Allocation, cut-off by classification</systemModelName></representativeness></modellingAndValidation>
<administrativeInformation><dataEntryBy personId="91fa149b-ae69-4eb6-b8cd-43f4e560246a" personName="N. N." personEmail="n@example.org"/><dataGeneratorAndPublication personId="91fa149b-ae69-4eb6-b8cd-43f4e560246a" personName="N. N." personEmail="n@example.org" dataPublishedIn="0" isCopyrightProtected="false" accessRestrictedTo="0"/>
<fileAttributes majorRelease="3" minorRelease="0" majorRevision="1" minorRevision="0"/></administrativeInformation></activityDataset></ecoSpold>
"""  # noqa: E501


def write_database(folder: Path, datasets: int, exchanges: int) -> int:
    """Write the database; the number of bytes. Every dataset takes from lower numbers and from the hubs."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = [str(uuid.uuid5(uuid.NAMESPACE_URL, f"activity {i}")) for i in range(datasets)]
    products = [str(uuid.uuid5(uuid.NAMESPACE_URL, f"product {i}")) for i in range(datasets)]
    places = ("CN", "RER", "GLO", "US", "RoW")
    size = 0
    for i in range(datasets):
        draw = random.Random(i)
        text = [HEAD.format(id=ids[i], name=f"production of material {i}", place=places[i % 5])]
        common = {"group": "<outputGroup>0</outputGroup>", "link": "", "more": ""}
        text.append(
            INPUT.format(
                x=uuid.UUID(int=draw.getrandbits(128)), amount="1", flow=products[i], name=f"material {i}", **common
            )
        )
        inputs = (exchanges - 1) // 2
        for k in range(exchanges - 1):
            amount = 0.02 * draw.random() ** 3 + 1e-9
            more = UNCERTAINTY.format(amount=repr(amount), mu=repr(amount)) if k % 3 else ""
            x = uuid.UUID(int=draw.getrandbits(128))
            if k < inputs:
                # Loops go through a few that everybody takes from, as markets of electricity and transport do.
                j = draw.randrange(0, datasets, HUB) if draw.random() < 0.1 or i == 0 else draw.randrange(i)
                link = f' activityLinkId="{ids[j]}"'
                text.append(INPUT.format(x=x, amount=repr(amount), flow=products[j], name=f"material {j}", link=link,
                                         group="<inputGroup>5</inputGroup>", more=more))  # fmt: skip
                continue
            flow, name, air, sub, cas, formula = (
                GASES[k - inputs] if k - inputs < 2 else OTHERS[draw.randrange(len(OTHERS))]
            )
            text.append(EMISSION.format(x=x, amount=repr(amount), flow=flow, name=name, air=air, sub=sub, more=more,
                                        cas=f' casNumber="{cas}"' if cas else "",
                                        formula=f' formula="{formula}"' if formula else ""))  # fmt: skip
        data = ("".join(text) + TAIL).encode()
        size += len(data)
        (folder / f"{ids[i]}_{products[i]}.spold").write_bytes(data)
    return size


def ours(folder: Path) -> dict[str, float]:
    """One import by Zuji, with commit and a cold open."""
    os.environ["ZUJI_DATA"] = tempfile.mkdtemp(prefix="zuji-bench-")
    from zuji.background.importers.options import Options
    from zuji.background.importers.run import import_database
    from zuji.background.store.finding_datasets import search_stored
    from zuji.background.store.library import Library

    start = time.perf_counter()
    imported = import_database(folder, Options())
    read = time.perf_counter()
    library = Library()
    imported.commit(library, "bench")
    done = time.perf_counter()
    stored = library.open("bench")
    taken = float(stored.array("tech_amount")[-1]) + len(stored.dataset(len(stored) - 1).id)
    opened = time.perf_counter()
    search_stored(stored, "material 77", geography="GLO")
    first = time.perf_counter()
    hits = search_stored(
        stored, "production 材料 123" if taken < 0 else "production material 123", geography="GLO", unit="kg"
    )
    second = time.perf_counter()
    summary = imported.summary
    return {
        "seconds": done - start, "parse": read - start, "store": done - read, "open": opened - done,
        "search": first - opened, "search again": second - first, "hits": len(hits), "datasets": summary.datasets,
        "exchanges": summary.exchanges, "unlinked": summary.unlinked, **_peak(),
    }  # fmt: skip


def peer(folder: Path) -> dict[str, float]:
    """One import by bw2io: extraction, its standard strategies, and writing its database."""
    os.environ["BRIGHTWAY2_DIR"] = tempfile.mkdtemp(prefix="bw-bench-")
    import bw2data
    import bw2io

    bw2data.projects.set_current("bench")
    flows = {
        ("biosphere3", f[0]): {
            "name": f[1],
            "categories": (f[2],),
            "unit": "kilogram",
            "type": "emission",
            "exchanges": [],
        }
        for f in (*GASES, *OTHERS)
    }
    bw2data.Database("biosphere3").write(flows)
    start = time.perf_counter()
    importer = bw2io.SingleOutputEcospold2Importer(str(folder), "bench", biosphere_database_name="biosphere3")
    importer.apply_strategies()
    read = time.perf_counter()
    datasets, exchanges, unlinked = importer.statistics(print_stats=False)[:3]
    importer.write_database()
    done = time.perf_counter()
    return {
        "seconds": done - start, "parse": read - start, "store": done - read, "datasets": datasets,
        "exchanges": exchanges, "unlinked": unlinked, **_peak(),
    }  # fmt: skip


def _peak() -> dict[str, float]:
    """Largest memory [MB] of this process, and of the largest of its children."""
    own, children = (
        resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {"peak": own, "peak of a child": children}


def _run(which: str, folder: Path) -> dict[str, float] | str:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, __file__, f"--only={which}", f"--folder={folder}"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    for line in reversed(done.stdout.splitlines()):
        if line.startswith("RESULT "):
            found: dict[str, float] = json.loads(line[7:])
            return found
    return (done.stderr.strip().splitlines() or ["no result"])[-1]


def _options() -> dict[str, str]:
    return dict(word[2:].partition("=")[::2] for word in sys.argv[1:] if word.startswith("--"))


def main() -> int:
    """Make the files, run both, write the table."""
    options = _options()
    if "only" in options:
        result = (ours if options["only"] == "zuji" else peer)(Path(options["folder"]))
        print("RESULT " + json.dumps(result), flush=True)
        return 0
    datasets, exchanges = int(options.get("datasets", "20000")), int(options.get("exchanges", "50"))
    with tempfile.TemporaryDirectory(prefix="ecospold2-") as temporary:
        folder = Path(options.get("keep") or temporary) / f"{datasets}x{exchanges}"
        if not folder.is_dir():
            print(f"writing {datasets} datasets with {exchanges} exchanges …", flush=True)
            write_database(folder, datasets, exchanges)
        size = sum(path.stat().st_size for path in folder.iterdir())
        results: dict[str, dict[str, float] | str] = {"zuji": _run("zuji", folder)}
        if "no-peer" not in options:
            results["bw2io"] = _run("bw2io", folder)
    lines = [
        f"# Importing EcoSpold 2: {datasets:,} datasets, {datasets * exchanges:,} exchanges, {size / 1e6:,.0f} MB", "",
        f"{date.today().isoformat()}, Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}."
        " `python3 run.py bench import`; one cold run each.", "",
        "| program | total [s] | read and link [s] | store [s] | open [s] | search, first and next [ms] | peak [MB] "
        "| largest child [MB] | unlinked |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]  # fmt: skip
    for name, r in results.items():
        if isinstance(r, str):
            lines.append(f"| {name} | did not run: {r} | | | | | | | |")
            continue
        search = f"{1e3 * r['search']:.0f}, {1e3 * r['search again']:.0f}" if "search" in r else "–"
        opened = f"{r['open']:.3f}" if "open" in r else "–"
        lines.append(
            f"| {name} | {r['seconds']:.1f} | {r['parse']:.1f} | {r['store']:.1f} | {opened} | {search}"
            f" | {r['peak']:.0f} | {r['peak of a child']:.0f} | {r['unlinked']:.0f} |"
        )
    text = "\n".join(lines) + "\n"
    print(text)
    if datasets == 20000:
        target = ROOT / "benchmarks" / "results"
        target.mkdir(exist_ok=True)
        (target / "import.md").write_text(text, encoding="utf-8", newline="\n")
    return 0 if isinstance(results["zuji"], dict) else 1


if __name__ == "__main__":
    raise SystemExit(main())
