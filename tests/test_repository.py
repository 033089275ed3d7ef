"""What must never get into the repository: registry addresses, machine paths, packages without hash."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Put together from pieces, so that this file does not match itself.
REGISTRY = re.compile(
    "|".join(
        [
            "-" + r"-(?:extra-)?index-url\s*[=\s]\s*\S*:/" + "/",
            r"index-url\s*=\s*[\"']?\w+:/" + "/",
            "/" + "simple/?(?![a-z-])",
            "py" + r"pi\.(?:org|python)",
            "python" + r"hosted\.org",
            "registry" + r"\.[a-z.]*(?:npm|yarn)",
            r"https?://" + r"(?:files|mirrors?|pypi|registry)\.[a-z]",
        ]
    )
)
MACHINE_PATH = re.compile(r"(?<![\w.~})*-])/" + r"(?:root|work|home|Users)/[\w.]" + r"|\b[A-Z]:\\\\?" + r"Users\b")


def repository_files() -> list[Path]:
    """What git tracks, and what it would take with `git add .`."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode("utf-8")
    return [ROOT / name for name in sorted(set(listed.split("\0"))) if name and (ROOT / name).is_file()]


def lines() -> Iterator[tuple[str, str]]:
    for path in repository_files():
        data = path.read_bytes()
        if b"\0" in data:
            continue  # a picture, a workbook
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            yield f"{path.relative_to(ROOT).as_posix()}:{number}", line


def test_no_registry_address() -> None:
    """No file of the repository names the address of a package registry."""
    assert [f"{place}: {line.strip()}" for place, line in lines() if REGISTRY.search(line)] == []


def test_no_machine_path() -> None:
    """No file of the repository names a folder of somebody's machine."""
    assert [f"{place}: {line.strip()}" for place, line in lines() if MACHINE_PATH.search(line)] == []


@pytest.mark.parametrize(
    "line",
    [
        "-" + "-index-url https:/" + "/packages.example/x",
        "-" + "-extra-index-url=https:/" + "/packages.example/x",
        'index-url = "https:/' + '/packages.example/x"',
        "https://packages.example" + "/" + "simple/",
        "https:" + "//fi" + "les.example.org/packages/a.whl",
        '"resolved": "https:' + "//regi" + 'stry.npmjs.example/a.tgz"',
    ],
)
def test_a_registry_address_is_recognised(line: str) -> None:
    """The pattern finds what it is there to find."""
    assert REGISTRY.search(line)


@pytest.mark.parametrize(
    "line", ["see /" + "root/x", "'/" + "home/li/zuji'", "(/" + "work/main)", "C:\\" + "Users\\li"]
)
def test_a_machine_path_is_recognised(line: str) -> None:
    """The pattern finds paths in prose, in quotes and in brackets."""
    assert MACHINE_PATH.search(line)


@pytest.mark.parametrize("line", ["framework/x", "~/home", "a simple/plain way", "https://example.org/home/x"])
def test_harmless_lines_are_left_alone(line: str) -> None:
    """The patterns do not get in the way of ordinary text."""
    assert not MACHINE_PATH.search(line)
    assert not REGISTRY.search(line)


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-bench.lock"])
def test_every_locked_requirement_has_a_hash(lock: str) -> None:
    """Each requirement in a lock is pinned to one version and has at least one SHA-256."""
    blocks = re.split(r"^(?=[A-Za-z0-9])", (ROOT / lock).read_text("utf-8"), flags=re.MULTILINE)
    assert all(line.startswith("#") for line in blocks[0].splitlines())
    assert len(blocks) > 20
    pinned = re.compile(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+( ; .+)? \\\n    --hash=sha256:[0-9a-f]{64}\b")
    assert [block.splitlines()[0] for block in blocks[1:] if not pinned.match(block)] == []


def _locked(file: str) -> dict[str, str]:
    text = (ROOT / file).read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==(\S+(?: ; .+)?) \\$", text, re.MULTILINE))


def test_the_locks_cover_the_project() -> None:
    """Everything that pyproject.toml asks for, and what builds the package, is in the lock; peers are in theirs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"]

    def names(items: Iterable[str]) -> set[str]:
        return {re.split(r"[^\w.-]", text)[0].lower().replace("_", "-") for text in items}

    extras = project["project"]["optional-dependencies"].values()
    asked = [*project["project"]["dependencies"], *(item for extra in extras for item in extra)]
    wanted = names([*asked, *project["build-system"]["requires"], *groups["dev"], *groups["setup"]])
    assert wanted - set(_locked("requirements.lock")) == set()
    assert names(groups["bench"]) - set(_locked("requirements-bench.lock")) == set()
    assert set(groups) == {"dev", "setup", "bench"}


def test_the_peers_change_no_package_of_the_product() -> None:
    """A package that is in both locks has the same version in both, so a benchmark measures what a user runs."""
    ours, peers = _locked("requirements.lock"), _locked("requirements-bench.lock")
    both = set(ours) & set(peers)
    assert len(both) > 20
    assert {name: (ours[name], peers[name]) for name in both if ours[name].split()[0] != peers[name].split()[0]} == {}


def test_there_is_one_lock() -> None:
    """No lock of another kind lies beside ours: those name a registry's host in every entry."""
    others = re.compile(r"(uv|poetry|pdm|pylock.*|Pipfile)\.(lock|toml)|Pipfile.*")
    assert [path.name for path in repository_files() if others.fullmatch(path.name)] == []


def test_the_version_is_said_once() -> None:
    """zuji.__version__, pyproject.toml and the installed package agree."""
    import zuji

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert zuji.__version__ == project["project"]["version"] == importlib.metadata.version("zuji")


def test_the_wheel_is_complete(tmp_path: Path) -> None:
    """The wheel holds every file of the package, the compiled catalogues, the licence, and nothing else."""
    from hatchling.builders.wheel import WheelBuilder

    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("zuji/")}
    package = ROOT / "src" / "zuji"
    files = {path.relative_to(package.parent).as_posix() for path in repository_files() if package in path.parents}
    catalogues = {f"zuji/locale/{language}/LC_MESSAGES/zuji.mo" for language in ("en", "zh")}
    assert inside == files | catalogues
    assert any(name.endswith("licenses/LICENSE") for name in zipfile.ZipFile(wheel).namelist())
