"""run.py refuses old Pythons, sets up once, hands pip's settings to uv, has another way when one fails."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent

MIRROR = "https://packages.example/index"

LOCK = """\
# a comment
numpy==2.0.0 \\
    --hash=sha256:aa
    # via zuji
uv==0.8.0 \\
    --hash=sha256:bb
    # via zuji:setup
uvloop==1.0 \\
    --hash=sha256:cc
"""


def load_run() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run", ROOT / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


run = load_run()


class Computer:
    """Stands in for the programs that run.py starts: notes them, and fails those that it is told to fail."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.commands: list[list[str]] = []
        self.environs: list[dict[str, str]] = []
        self.fails: Callable[[str], bool] = lambda command: False
        self.pip_config = ""

    def run(self, command: Sequence[str | Path], environ: dict[str, str]) -> tuple[int, str]:
        words = [str(word) for word in command]
        text = " ".join(words)
        if words[1:] == ["-m", "pip", "config", "list"]:
            return 0, self.pip_config
        self.commands.append(words)
        self.environs.append(environ)
        if self.fails(text):
            return 1, "no"
        if "venv" in words:
            python = Path(words[-1]) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
            python.parent.mkdir(parents=True, exist_ok=True)
            python.touch()
        return 0, ""

    def phases(self) -> list[str]:
        """The commands, told apart by what they do."""
        return [self.phase(words) for words in self.commands]

    @staticmethod
    def phase(words: list[str]) -> str:
        tool = "uv" if words[0].endswith("uv") or words[1:3] == ["-m", "uv"] else "pip"
        if "--target" in words:
            return "pip: fetch uv"
        if "venv" in words:
            return f"{tool}: venv"
        return f"{tool}: " + ("packages" if "--require-hashes" in words else "zuji")


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    root = tmp_path / "a folder with spaces 足迹"
    root.mkdir()
    (root / "requirements.lock").write_text(LOCK, "utf-8")
    (root / "pyproject.toml").write_text("[project]\n", "utf-8")
    return Computer(root)


def make_setup(computer: Computer, **environ: str) -> run.Setup:  # type: ignore[name-defined]
    setup = run.Setup(computer.root, {"PATH": "", **environ})
    setup.run = computer.run
    return setup


WITH_UV = ["pip: fetch uv", "uv: venv", "uv: packages", "uv: zuji"]
WITH_PIP = ["pip: venv", "pip: packages", "pip: zuji"]


# -- which Python


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 0), (3, 10, 13), (3, 14, 0), (4, 0, 0)])
def test_other_pythons_are_refused_in_one_sentence(version: tuple[int, ...]) -> None:
    """The refusal is one line that says what is needed, what was found, and where."""
    sentence = run.refusal(version, "/opt/python")
    assert f"{version[0]}.{version[1]}." in sentence
    assert "3.11" in sentence
    assert "/opt/python" in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 1), (3, 13, 9)])
def test_our_pythons_are_accepted(version: tuple[int, ...]) -> None:
    """3.11, 3.12 and 3.13 are not refused."""
    assert run.refusal(version, "python3") == ""


def test_the_refused_versions_are_those_of_the_package() -> None:
    """run.py and pyproject.toml agree on the oldest and newest Python."""
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    oldest, newest = run.OLDEST, run.NEWEST
    assert f'requires-python = ">={oldest[0]}.{oldest[1]},<{newest[0]}.{newest[1] + 1}"' in text


def test_an_old_python_can_parse_the_file() -> None:
    """No syntax newer than Python 3.7 is used, so that an old interpreter reaches its refusal."""
    ast.parse((ROOT / "run.py").read_text("utf-8"), feature_version=(3, 7))


def test_nothing_new_is_imported_before_the_refusal() -> None:
    """Before the version check run.py imports sys alone; after it, only the standard library."""
    tree = ast.parse((ROOT / "run.py").read_text("utf-8"))
    check = next(number for number, node in enumerate(tree.body) if isinstance(node, ast.If))
    imports = [node for node in tree.body[:check] if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["import sys"]
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def old_python() -> str | None:
    """A Python older than ours on this machine that really starts."""
    for minor in (10, 9, 8, 7, 6):
        found = shutil.which(f"python3.{minor}")
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return found
    return None


def test_a_real_old_python_is_refused() -> None:
    """An old interpreter prints the sentence, no traceback, and exits with 1."""
    python = old_python()
    if python is None:
        pytest.skip("no Python older than 3.11 on this machine")
    done = subprocess.run([python, str(ROOT / "run.py"), "test"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Zuji needs Python 3.11")
    assert done.stderr.count("\n") == 1


# -- setting up once


def test_the_first_run_uses_uv(computer: Computer) -> None:
    """uv is fetched by pip, then makes the environment; nothing else is tried."""
    make_setup(computer).ensure()
    assert computer.phases() == WITH_UV


def test_every_package_is_checked_against_the_lock(computer: Computer) -> None:
    """Whatever is fetched is fetched with its hash; the project itself may fetch nothing at all."""
    setup = make_setup(computer)
    setup.ensure()
    fetch, _venv, packages, project = computer.commands
    assert "--require-hashes" in fetch
    assert "--require-hashes" in packages
    assert {"--no-deps", "--no-build-isolation"} <= set(project)
    assert Path(fetch[-1]).read_text("utf-8").startswith("uv==0.8.0 \\\n    --hash=sha256:bb\n")
    assert "uv==" not in Path(packages[-1]).read_text("utf-8")
    assert {"numpy==2.0.0 \\", "uvloop==1.0 \\"} <= set(Path(packages[-1]).read_text("utf-8").splitlines())


def test_the_second_run_does_nothing(computer: Computer) -> None:
    """Once set up, no program is started and so no network is needed."""
    make_setup(computer).ensure()
    computer.commands.clear()
    make_setup(computer).ensure()
    assert computer.commands == []


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml"])
def test_a_changed_file_rebuilds(computer: Computer, name: str) -> None:
    """A changed lock or project file makes the environment anew."""
    make_setup(computer).ensure()
    computer.commands.clear()
    with (computer.root / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    make_setup(computer).ensure()
    assert computer.phases()[-3:] == WITH_UV[1:]


def test_an_unchanged_uv_is_not_fetched_again(computer: Computer) -> None:
    """A lock that changes elsewhere leaves the fetched uv alone; another uv in the lock replaces it."""
    lock = computer.root / "requirements.lock"
    make_setup(computer).ensure()
    computer.commands.clear()
    lock.write_text(LOCK.replace("numpy==2.0.0", "numpy==2.0.1"), "utf-8")
    make_setup(computer).ensure()
    assert computer.phases() == WITH_UV[1:]
    computer.commands.clear()
    lock.write_text(LOCK.replace("uv==0.8.0", "uv==0.8.1"), "utf-8")
    make_setup(computer).ensure()
    assert computer.phases() == WITH_UV


def test_another_interpreter_or_folder_rebuilds(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The state names the interpreter, its version and the folder, because an environment fits only these."""
    setup = make_setup(computer)
    states = {setup.state()}
    states.add(run.Setup(computer.root, {}, python="elsewhere/python3").state())
    moved = computer.root.parent / "moved"
    shutil.copytree(computer.root, moved)
    states.add(run.Setup(moved, {}).state())
    monkeypatch.setattr(sys, "version", "3.11.99")
    states.add(setup.state())
    assert len(states) == 4


def test_a_removed_environment_is_made_again(computer: Computer) -> None:
    """A stamp without interpreter does not count."""
    setup = make_setup(computer)
    setup.ensure()
    setup.script("python").unlink()
    assert not setup.is_ready()


def test_an_interrupted_set_up_is_not_taken_for_finished(computer: Computer) -> None:
    """Between the first and the last step there is no valid stamp, also when there was one before."""
    setup = make_setup(computer)
    setup.ensure()
    (computer.root / "requirements.lock").write_text(LOCK + "# changed\n", "utf-8")
    computer.fails = lambda command: "install" in command
    with pytest.raises(run.SetupError):
        setup.ensure()
    (computer.root / "requirements.lock").write_text(LOCK, "utf-8")
    assert not setup.is_ready()


def test_stale_catalogues_are_compiled(computer: Computer) -> None:
    """A .mo that is missing or was made from another .po is compiled before anything runs."""
    setup = make_setup(computer)
    setup.ensure()
    computer.commands.clear()
    po = computer.root / "src" / "zuji" / "locale" / "zh" / "LC_MESSAGES" / "zuji.po"
    po.parent.mkdir(parents=True)
    po.write_bytes(b'msgid ""\n')
    setup.ensure()
    assert [words[1:] for words in computer.commands] == [["tools/catalogue.py", "compile"]]
    po.with_suffix(".mo").write_bytes(b"..." + hashlib.sha256(po.read_bytes()).hexdigest().encode())
    assert not setup.stale_catalogues()
    po.write_bytes(b'msgid "x"\n')
    assert setup.stale_catalogues()


def test_real_catalogues_are_recognised_as_fresh(tmp_path: Path) -> None:
    """What tools/catalogue.py compiles carries the digest that run.py looks for."""
    spec = importlib.util.spec_from_file_location("catalogue", ROOT / "tools" / "catalogue.py")
    assert spec is not None
    assert spec.loader is not None
    catalogue = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(catalogue)
    package = tmp_path / "src" / "zuji"
    shutil.copytree(ROOT / "src" / "zuji" / "locale", package / "locale", ignore=shutil.ignore_patterns("*.mo"))
    setup = run.Setup(tmp_path, {})
    assert setup.stale_catalogues()
    catalogue.compile_all(package)
    assert not setup.stale_catalogues()


# -- other ways


@pytest.mark.parametrize("broken", ["--target", "-m uv venv", "-m uv pip install"])
def test_when_uv_fails_venv_and_pip_do_it(computer: Computer, broken: str) -> None:
    """Whichever step of the uv way fails, the environment is made with venv and pip, with the same checks."""
    computer.fails = lambda command: broken in command
    setup = make_setup(computer)
    setup.ensure()
    assert computer.phases()[-3:] == WITH_PIP
    assert "--require-hashes" in computer.commands[-2]
    assert setup.is_ready()


def test_a_uv_on_the_path_is_the_second_way(
    computer: Computer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a Python without pip, a uv that is on the machine is used before venv is tried."""
    monkeypatch.setattr(run.shutil, "which", lambda name, path=None: f"{path}/{name}")
    computer.fails = lambda command: "--target" in command
    make_setup(computer, PATH="somewhere").ensure()
    assert computer.phases() == WITH_UV
    assert {words[0] for words in computer.commands[1:]} == {"somewhere/uv"}


def test_uv_can_be_declined(computer: Computer) -> None:
    """ZUJI_SETUP=pip does everything with venv and pip."""
    make_setup(computer, ZUJI_SETUP="pip").ensure()
    assert computer.phases() == WITH_PIP


def test_when_nothing_works_one_sentence_says_so(computer: Computer, capsys: pytest.CaptureFixture[str]) -> None:
    """When every way fails, the last line says which step failed and where the log is; the exit code is 1."""
    computer.fails = lambda command: True
    assert run.main(["demo"], make_setup(computer)) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("Zuji could not be set up: making .venv with venv failed")
    assert ".venv-setup.log" in last


def test_a_missing_lock_is_said(computer: Computer, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a lock nothing is installed."""
    (computer.root / "requirements.lock").unlink()
    assert run.main(["demo"], make_setup(computer)) == 1
    assert "requirements.lock is missing" in capsys.readouterr().err
    assert computer.commands == []


# -- pip's settings


def test_the_mirror_in_the_environment_reaches_uv(computer: Computer) -> None:
    """PIP_INDEX_URL becomes uv's default index."""
    environ = make_setup(computer, PIP_INDEX_URL=MIRROR).uv_environment()
    assert environ["UV_DEFAULT_INDEX"] == MIRROR


def test_the_mirror_in_pips_files_reaches_uv(computer: Computer) -> None:
    """What `pip config` knows becomes uv's settings: index, certificate, proxy, trusted hosts."""
    computer.pip_config = (
        f"global.index-url='{MIRROR}'\n"
        "global.cert='ca.pem'\n"
        "global.proxy='http://proxy.example:8080'\n"
        "global.trusted-host='\\npackages.example\\nother.example'\n"
        "global.timeout='60'\n"
    )
    environ = make_setup(computer).uv_environment()
    assert environ["UV_DEFAULT_INDEX"] == MIRROR
    assert environ["SSL_CERT_FILE"] == "ca.pem"
    assert environ["HTTPS_PROXY"] == "http://proxy.example:8080"
    assert environ["UV_INSECURE_HOST"] == "packages.example other.example"


def test_the_stronger_setting_wins(computer: Computer) -> None:
    """pip's own order: environment before [install] before [global]; uv's own setting before all of them."""
    computer.pip_config = f"install.index-url='{MIRROR}/b'\nglobal.index-url='{MIRROR}/a'\n"
    assert make_setup(computer).uv_environment()["UV_DEFAULT_INDEX"] == f"{MIRROR}/b"
    setup = make_setup(computer, PIP_INDEX_URL=f"{MIRROR}/c")
    assert setup.uv_environment()["UV_DEFAULT_INDEX"] == f"{MIRROR}/c"
    setup = make_setup(computer, PIP_INDEX_URL=f"{MIRROR}/c", UV_DEFAULT_INDEX=f"{MIRROR}/d")
    assert setup.uv_environment()["UV_DEFAULT_INDEX"] == f"{MIRROR}/d"


def test_without_settings_uv_is_told_nothing(computer: Computer) -> None:
    """No mirror set, none invented."""
    assert "UV_DEFAULT_INDEX" not in make_setup(computer).uv_environment()


def test_pip_itself_understands_the_question(tmp_path: Path) -> None:
    """The real `pip config list` answers in the form that is read here."""
    setup = run.Setup(tmp_path, {**os.environ, "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": MIRROR})
    if setup.run([setup.python, "-m", "pip", "--version"], setup.environ)[0]:
        pytest.skip("this Python has no pip")
    assert setup.pip_settings()["index-url"] == MIRROR


def test_the_users_other_environments_do_not_leak_in(computer: Computer) -> None:
    """PYTHONPATH and its like are not handed on: they would mix other packages into the environment."""
    setup = make_setup(computer, PYTHONPATH="x", PYTHONHOME="x", VIRTUAL_ENV="x", PIP_TARGET="x")
    assert {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET"} & setup.environ.keys() == set()
    assert setup.pip_environment()["PIP_USER"] == "0"


# -- the commands


@pytest.fixture
def called(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    commands: list[list[str]] = []

    def call(setup: object, command: Sequence[str | Path], cwd: Path | None = None) -> int:
        commands.append([str(word) for word in command][1:])
        return 3

    monkeypatch.setattr(run, "call", call)
    monkeypatch.setattr(run, "find_chromium", lambda path=None: None)
    return commands


def test_commands_hand_on_their_arguments(computer: Computer, called: list[list[str]]) -> None:
    """demo, zuji and test pass what they are given and return the exit code of what they start."""
    assert run.main(["demo", "--json"], make_setup(computer)) == 3
    assert run.main(["demo", "--out=x"], make_setup(computer)) == 3
    assert run.main(["zuji", "check", "a b"], make_setup(computer)) == 3
    assert run.main(["test", "-k", "x"], make_setup(computer)) == 3
    assert called == [
        ["-P", "-m", "zuji", "demo", "--out", "demo-output", "--json"],
        ["-P", "-m", "zuji", "demo", "--out=x"],
        ["-P", "-m", "zuji", "check", "a b"],
        ["-m", "pytest", "-n", "logical", "-m", "not browser and not server", "-k", "x"],
    ]


def test_all_tests_means_all_that_can_run(
    computer: Computer,
    called: list[list[str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """--all leaves out browser tests only without Chromium, and says so."""
    run.main(["test", "--all"], make_setup(computer))
    assert called == [["-m", "pytest", "-n", "logical", "-m", "not browser"]]
    assert "No Chromium" in capsys.readouterr().err
    monkeypatch.setattr(run, "find_chromium", lambda path=None: "chromium")
    run.main(["test", "--all", "-x"], make_setup(computer))
    assert called[1] == ["-m", "pytest", "-n", "logical", "-x"]
    assert "Chromium" not in capsys.readouterr().err


def test_check_runs_everything_and_fails_for_one(computer: Computer, capsys: pytest.CaptureFixture[str]) -> None:
    """A failed check does not keep the later ones from running; one failure makes the exit code 1."""
    setup = make_setup(computer)
    setup.ensure()
    assert run.main(["check"], setup) == 0
    computer.fails = lambda command: "ruff check" in command
    assert run.main(["check"], setup) == 1
    verdicts = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.endswith(" s")]
    assert verdicts == ["ok"] * 5 + ["FAIL"] + ["ok"] * 4


def test_what_is_not_there_yet_is_said(computer: Computer, capsys: pytest.CaptureFixture[str]) -> None:
    """bench without benchmarks and serve without server end with a sentence."""
    assert run.main(["bench"], make_setup(computer)) == 1
    assert "no benchmarks yet" in capsys.readouterr().err
    computer.fails = lambda command: "serve" in command
    assert run.main(["serve"], make_setup(computer)) == 1
    assert "no server yet" in capsys.readouterr().err


def test_an_unknown_command_is_refused(computer: Computer, capsys: pytest.CaptureFixture[str]) -> None:
    """A typing error sets nothing up; the help names every command."""
    assert run.main(["tset"], make_setup(computer)) == 2
    assert computer.commands == []
    assert run.main([]) == 0
    shown = capsys.readouterr().out
    assert [name for name in run.COMMANDS if f"python3 run.py {name}" not in shown] == []


def test_a_command_gets_its_output_and_folder(tmp_path: Path) -> None:
    """A really started program works in the folder it is given and its exit code comes back."""
    setup = run.Setup(tmp_path, dict(os.environ))
    code = "import os, sys; sys.exit(7 if os.path.samefile('.', sys.argv[1]) else 8)"
    assert run.call(setup, [sys.executable, "-c", code, str(tmp_path)], cwd=tmp_path) == 7


def test_a_program_that_cannot_start_is_a_failed_step(tmp_path: Path) -> None:
    """A missing program is a failed step with a log, not a traceback."""
    setup = run.Setup(tmp_path, dict(os.environ))
    with pytest.raises(run.SetupError, match="exit code 127"):
        setup.step("trying", [tmp_path / "nothing-here"])
    assert "nothing-here" in setup.log.read_text("utf-8")
