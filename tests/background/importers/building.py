"""Small databases written out in the formats, for the tests of the importers."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import quoteattr

from zuji.background.importers.options import Options
from zuji.background.importers.run import Imported, import_database
from zuji.background.store.library import Library
from zuji.background.store.stored import StoredBackground

CO2 = ("349b29d1-3e58-4c66-98b9-9d1a076efd2e", "Carbon dioxide, fossil", "air", "unspecified", "000124-38-9")
CH4 = ("0795345f-c7ae-410c-ad25-1845784c75f5", "Methane, fossil", "air", "unspecified", "000074-82-8")
UPTAKE = ("cc6a1abb-b123-4ca6-8f16-38209df609be", "Carbon dioxide, in air", "natural resource", "in air", "000124-38-9")


def uuid(text: str) -> str:
    """A UUID that is the same in every run."""
    return str(uuid5(NAMESPACE_URL, text))


@dataclass
class Spold:
    """One EcoSpold 2 dataset; `inner` collects the exchanges as XML."""

    name: str
    product: str = ""
    output: float = 1.0
    unit: str = "kg"
    place: str = "GLO"
    model: str = "Undefined"
    inner: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.product = self.product or self.name
        self.exchange(self.product, self.output, "<outputGroup>0</outputGroup>", unit=self.unit)

    @property
    def id(self) -> str:
        return f"{uuid(self.name)}_{uuid(self.product)}"

    def exchange(
        self,
        product: str,
        amount: object,
        group: str,
        *,
        link: str = "",
        unit: str = "kg",
        more: str = "",
        attributes: str = "",
    ) -> Spold:
        linked = f' activityLinkId="{uuid(link)}"' if link else ""
        self.inner.append(
            f'<intermediateExchange id="x" amount="{amount}" intermediateExchangeId="{uuid(product)}"'
            f"{linked}{attributes}>"
            f'<name xml:lang="en">{product}</name><unitName xml:lang="en">{unit}</unitName>{more}{group}'
            f"</intermediateExchange>"
        )
        return self

    def takes(
        self, product: str, amount: object, *, link: str | None = None, unit: str = "kg", more: str = ""
    ) -> Spold:
        return self.exchange(
            product, amount, "<inputGroup>5</inputGroup>", link=product if link is None else link, unit=unit, more=more
        )

    def emits(
        self, flow: tuple[str, ...], amount: object, *, unit: str = "kg", more: str = "", attributes: str = ""
    ) -> Spold:
        id, name, compartment, sub, cas = flow
        group = "<inputGroup>4</inputGroup>" if "resource" in compartment else "<outputGroup>4</outputGroup>"
        self.inner.append(
            f'<elementaryExchange id="x" amount="{amount}" elementaryExchangeId="{id}" casNumber="{cas}"{attributes}>'
            f'<name xml:lang="en">{name}</name><unitName xml:lang="en">{unit}</unitName>{more}'
            f'<compartment><compartment xml:lang="en">{compartment}</compartment>'
            f'<subcompartment xml:lang="en">{sub}</subcompartment></compartment>{group}</elementaryExchange>'
        )
        return self

    def raw(self, xml: str) -> Spold:
        self.inner.append(xml)
        return self

    @property
    def xml(self) -> str:
        lines = "\n".join(self.inner)
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<ecoSpold xmlns="http://www.EcoInvent.org/EcoSpold02"><activityDataset>'
            f'<activityDescription><activity id="{uuid(self.name)}"><activityName xml:lang="en">{self.name}'
            f"</activityName>"
            f'</activity><geography geographyId="g"><shortname xml:lang="en">{self.place}</shortname></geography>'
            '<timePeriod startDate="2020-01-01" endDate="2024-12-31"/></activityDescription>'
            f"<flowData>\n{lines}\n</flowData><modellingAndValidation><representativeness>"
            f'<systemModelName xml:lang="en">'
            f"{self.model}</systemModelName></representativeness></modellingAndValidation></activityDataset></ecoSpold>\n"
        )


def spolds(folder: Path, *datasets: Spold) -> Path:
    """A folder of .spold files."""
    folder.mkdir(parents=True, exist_ok=True)
    for dataset in datasets:
        (folder / f"{dataset.id}.spold").write_text(dataset.xml, encoding="utf-8")
    return folder


def zipped(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """A zip of files by name."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def read(path: Path, **options: object) -> Imported:
    """One import in this process."""
    return import_database(path, Options(**{"workers": 1, **options}))  # type: ignore[arg-type]


def stored(tmp_path: Path, path: Path, **options: object) -> StoredBackground:
    """One import, stored and opened."""
    library = Library(tmp_path / "data")
    imported = read(path, **options)
    assert not imported.refused_by(False), [f.what("en") for f in imported.refused_by(False)]
    imported.commit(library, "test")
    return library.open("test")


def said(imported: Imported) -> list[str]:
    """The codes of the findings."""
    return [finding.code for finding in imported.summary.findings]


def es1_dataset(
    number: int, name: str, exchanges: str, *, unit: str = "kg", location: str = "CH", extra: str = ""
) -> str:
    """One EcoSpold 1 dataset."""
    return (
        f'<dataset number="{number}"><metaInformation><processInformation>'
        f'<referenceFunction name={quoteattr(name)} unit="{unit}"'
        f' amount="1" category="c" subCategory="s" localName="电" infrastructureProcess="false"/>'
        f'<geography location="{location}"/>'
        "<timePeriod><startYear>2020</startYear><endYear>2024</endYear></timePeriod></processInformation></metaInformation>"
        f"<flowData>{exchanges}{extra}</flowData></dataset>"
    )


def es1_exchange(
    number: int, name: str, amount: object, group: str, *, unit: str = "kg", location: str = "CH", more: str = ""
) -> str:
    """One EcoSpold 1 exchange; `group` such as `inputGroup>5`."""
    element = group.partition(">")[0]
    return (
        f'<exchange number="{number}" name={quoteattr(name)} location="{location}" unit="{unit}"'
        f' meanValue="{amount}" {more}>'
        f"<{group}</{element}></exchange>"
    )


def es1(*datasets: str, namespace: str = "EcoSpold01") -> str:
    """An EcoSpold 1 file."""
    inner = "\n".join(datasets)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<ecoSpold xmlns="http://www.EcoInvent.org/{namespace}">\n{inner}\n</ecoSpold>\n'


ILCD = 'xmlns:common="http://lca.jrc.it/ILCD/Common" version="1.1"'
MASS, ENERGY = uuid("mass"), uuid("energy")


def ilcd_base() -> dict[str, str]:
    """Unit groups and flow properties of mass and energy."""
    files = {}
    for name, id, unit in (("mass", MASS, "kg"), ("energy", ENERGY, "MJ")):
        group = uuid(f"group {name}")
        files[f"ILCD/unitgroups/{group}.xml"] = (
            f'<unitGroupDataSet xmlns="http://lca.jrc.it/ILCD/UnitGroup" {ILCD}><unitGroupInformation>'
            f"<dataSetInformation>"
            f"<common:UUID>{group}</common:UUID></dataSetInformation><quantitativeReference><referenceToReferenceUnit>0"
            f"</referenceToReferenceUnit></quantitativeReference></unitGroupInformation><units>"
            f'<unit dataSetInternalID="0">'
            f"<name>{unit}</name><meanValue>1</meanValue></unit></units></unitGroupDataSet>"
        )
        files[f"ILCD/flowproperties/{id}.xml"] = (
            f'<flowPropertyDataSet xmlns="http://lca.jrc.it/ILCD/FlowProperty" {ILCD}><flowPropertiesInformation>'
            f"<dataSetInformation><common:UUID>{id}</common:UUID></dataSetInformation><quantitativeReference>"
            f'<referenceToReferenceUnitGroup refObjectId="{group}"/></quantitativeReference>'
            f"</flowPropertiesInformation>"
            "</flowPropertyDataSet>"
        )
    return files


def ilcd_flow(name: str, kind: str, *, id: str = "", cas: str = "", categories: tuple[str, ...] = (),
property: str = MASS,
              other: tuple[str, float] | None = None) -> dict[str, str]:  # fmt: skip
    """One ILCD flow; `other` is a second property with its value per reference unit."""
    id = id or uuid(name)
    classes = "".join(f'<common:category level="{i}">{c}</common:category>' for i, c in enumerate(categories))
    second = (
        f'<flowProperty dataSetInternalID="1"><referenceToFlowPropertyDataSet refObjectId="{other[0]}"/>'
        f"<meanValue>{other[1]}"
        "</meanValue></flowProperty>"
        if other
        else ""
    )
    return {
        f"ILCD/flows/{id}.xml": (
            f'<flowDataSet xmlns="http://lca.jrc.it/ILCD/Flow" {ILCD}><flowInformation><dataSetInformation>'
            f"<common:UUID>{id}"
            f'</common:UUID><name><baseName xml:lang="en">{name}</baseName></name><classificationInformation>'
            f"<common:elementaryFlowCategorization>{classes}</common:elementaryFlowCategorization></classificationInformation>"
            f"<CASNumber>{cas}</CASNumber></dataSetInformation><quantitativeReference><referenceToReferenceFlowProperty>0"
            "</referenceToReferenceFlowProperty></quantitativeReference></flowInformation><modellingAndValidation><LCIMethod>"
            f"<typeOfDataSet>{kind}</typeOfDataSet></LCIMethod></modellingAndValidation><flowProperties>"
            f'<flowProperty dataSetInternalID="0"><referenceToFlowPropertyDataSet refObjectId="{property}"/>'
            f"<meanValue>1"
            f"</meanValue></flowProperty>{second}</flowProperties></flowDataSet>"
        )
    }


def ilcd_exchange(
    internal: int, flow: str, direction: str, amount: object, *, more: str = "", result: object = None
) -> str:
    """One ILCD exchange; `flow` is a name, or a UUID of 36 characters."""
    id = flow if len(flow) == 36 else uuid(flow)
    resulting = amount if result is None else result
    return (
        f'<exchange dataSetInternalID="{internal}"><referenceToFlowDataSet refObjectId="{id}"><common:shortDescription'
        f' xml:lang="en">{flow}</common:shortDescription></referenceToFlowDataSet><exchangeDirection>{direction}'
        f"</exchangeDirection><meanAmount>{amount}</meanAmount><resultingAmount>{resulting}</resultingAmount>{more}</exchange>"
    )


def ilcd_process(
    name: str, exchanges: str, *, references: tuple[int, ...] = (0,), relations: str = ""
) -> dict[str, str]:
    """One ILCD process."""
    refs = "".join(f"<referenceToReferenceFlow>{i}</referenceToReferenceFlow>" for i in references)
    return {
        f"ILCD/processes/{uuid(name)}.xml": (
            f'<processDataSet xmlns="http://lca.jrc.it/ILCD/Process" {ILCD}><processInformation><dataSetInformation>'
            f'<common:UUID>{uuid(name)}</common:UUID><name><baseName xml:lang="en">{name}</baseName>'
            f'<baseName xml:lang="zh">过程'
            "</baseName></name></dataSetInformation><quantitativeReference>"
            f"{refs}</quantitativeReference><time><common:referenceYear>2022</common:referenceYear></time><geography>"
            f'<locationOfOperationSupplyOrProduction location="CN"/></geography>{relations}</processInformation>'
            f"<exchanges>{exchanges}</exchanges></processDataSet>"
        )
    }
