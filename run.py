#!/usr/bin/env python3
"""Set Zuji up in this folder and run it; needs nothing but Python 3.11-3.13 and pip.

  python3 run.py demo [OPTIONS]            the worked example, from company data to footprint, dossier and reports
  python3 run.py zuji ARGUMENTS            the command line itself
  python3 run.py serve [OPTIONS]           the web server on this machine
  python3 run.py test [--all] [PYTEST...]  the tests; --all adds those that need a browser or a server
  python3 run.py check                     formatting, lint, types, layers, translations
  python3 run.py bench [NAME...]           every benchmark, or those named, beside their peers
  python3 run.py catalogue                 collect messages for translation, compile the catalogues
  python3 run.py lock [UV OPTIONS]         renew requirements.lock (--upgrade: to the newest releases)

The first run makes .venv from requirements.lock, every package checked against its hash; later runs
start at once and need no network. pip's own index, certificate, proxy and trusted hosts are used.
ZUJI_SETUP=pip does without uv.
"""

# This file must parse on Python 3.6, so that an old interpreter gets a sentence and not a SyntaxError.

import sys

OLDEST, NEWEST = (3, 11), (3, 13)


def refusal(version: tuple, executable: str) -> str:  # type: ignore[type-arg]
    """One sentence for an interpreter that cannot run Zuji, else nothing."""
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return ""
    return "Zuji needs Python 3.11, 3.12 or 3.13, but {} is Python {}.{}.".format(executable, *version[:2])


if refusal(sys.version_info, sys.executable):
    sys.exit(refusal(sys.version_info, sys.executable))

import ast  # noqa: E402
import contextlib  # noqa: E402
import hashlib  # noqa: E402
import os  # noqa: E402
import re  # noqa: E402
import shutil  # noqa: E402
import subprocess  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Iterator, Sequence  # noqa: E402
from pathlib import Path  # noqa: E402

Word = str | Path

ROOT = Path(__file__).resolve().parent
WINDOWS = os.name == "nt"

# What pip knows about reaching packages, and what uv calls it; uv reads no pip settings of its own.
PIP_TO_UV = {
    "index-url": ("UV_DEFAULT_INDEX", "UV_INDEX_URL"),
    "cert": ("SSL_CERT_FILE",),
    "proxy": ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"),
    "trusted-host": ("UV_INSECURE_HOST",),
}

# Left over from the user's own environments, these would bend ours.
UNWANTED = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "PIP_TARGET", "PIP_PREFIX")


class SetupError(Exception):
    """A step of the set-up failed; the text says which."""


class Setup:
    """The environment of one checkout: `.venv` for Zuji, `.tools` for the installer."""

    def __init__(self, root: Path = ROOT, environ: dict[str, str] | None = None, python: str | None = None) -> None:
        self.root = root
        self.venv = self.root / ".venv"
        self.tools = self.root / ".tools"
        self.lock = self.root / "requirements.lock"
        self.peers_lock = self.root / "requirements-bench.lock"
        self.log = self.root / ".venv-setup.log"
        self.stamp = self.venv / "zuji-stamp"
        # In an active virtual environment, build on the Python below it: ours may be about to be replaced.
        self.python: str = python or getattr(sys, "_base_executable", None) or sys.executable
        self.environ = dict(os.environ if environ is None else environ)
        for name in UNWANTED:
            self.environ.pop(name, None)
        # A Chinese code page has no subscript 2, and under LC_ALL=C a checkout in a folder 足迹 would not be found.
        self.environ.setdefault("PYTHONUTF8", "1")

    def script(self, name: str) -> Path:
        """A program of the environment."""
        return self.venv / ("Scripts" if WINDOWS else "bin") / (name + (".exe" if WINDOWS else ""))

    # -- is there anything to do?

    def state(self) -> str:
        """What the environment was made from; another value means that it has to be made anew."""
        digest = hashlib.sha256()
        for part in (self.lock.read_bytes(), (self.root / "pyproject.toml").read_bytes()):
            digest.update(hashlib.sha256(part).digest())
        for text in (sys.version, os.path.realpath(self.python), str(self.root)):
            digest.update(hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest())
        return digest.hexdigest()

    def is_ready(self) -> bool:
        try:
            return self.script("python").exists() and self.stamp.read_text("utf-8") == self.state()
        except OSError:
            return False

    def ensure(self) -> str:
        """Make the environment unless it is there; return its Python."""
        if not self.lock.exists():
            raise SetupError("requirements.lock is missing")
        python = str(self.script("python"))
        if self.is_ready() and not self.stale_catalogues():
            return python
        with self.only_one():  # another run may have done the work while this one waited
            if not self.is_ready():
                self.make()
            if self.stale_catalogues():
                self.step("compiling the translations", [python, "tools/catalogue.py", "compile"])
        return python

    @contextlib.contextmanager
    def only_one(self) -> Iterator[None]:
        """Two first runs at the same time: the second one waits."""
        with open(str(self.root / ".venv-setup.lock"), "ab") as file:
            if sys.platform == "win32":
                import msvcrt

                file.seek(0)
                while True:
                    try:
                        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                        break
                    except OSError:  # tried ten times in ten seconds
                        continue
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    # -- making it

    def make(self) -> None:
        """With uv from .tools, else with a uv on the PATH, else with venv and pip; the first that works."""
        self.log.write_text("", "utf-8")
        with contextlib.suppress(OSError):
            self.stamp.unlink()
        ways = [self.with_pip]
        if self.environ.get("ZUJI_SETUP") != "pip":
            ways = [self.with_own_uv, *([self.with_uv_on_path] if self.find_uv() else []), self.with_pip]
        for number, way in enumerate(ways, 1):
            try:
                way()
                self.stamp.write_text(self.state(), "utf-8")
                return
            except SetupError as error:
                if number == len(ways):
                    raise
                say(f"  {error}; trying another way")

    def with_own_uv(self) -> None:
        self.install(self.fetch_uv(), self.uv_environment())

    def with_uv_on_path(self) -> None:
        self.install([str(self.find_uv())], self.uv_environment())

    def find_uv(self) -> str | None:
        return shutil.which("uv", path=self.environ.get("PATH"))

    def fetch_uv(self) -> list[Word]:
        """The locked uv in .tools: allowed on an externally managed Python, needs neither root nor venv."""
        pinned, _others = split_lock(self.lock.read_text("utf-8")) if self.lock.exists() else ("", "")
        mark = self.tools / "zuji-stamp"
        wish = f"{os.path.realpath(self.python)} {sys.version}\n{pinned}"
        if not (mark.exists() and mark.read_text("utf-8") == wish):
            shutil.rmtree(str(self.tools), ignore_errors=True)
            self.tools.mkdir()
            (self.tools / "requirements.txt").write_text(pinned or "uv", "utf-8")
            hashes = ["--require-hashes"] if pinned else []
            install: list[Word] = [self.python, "-m", "pip", "install", "--target", self.tools, *hashes]
            command = [*install, "-r", self.tools / "requirements.txt"]
            self.step("fetching the installer", command, self.pip_environment())
            mark.write_text(wish, "utf-8")
        return [self.python, "-m", "uv"]

    def install(self, uv: Sequence[Word], environ: dict[str, str]) -> None:
        self.step("making .venv", [*uv, "venv", "--clear", "--python", self.python, self.venv], environ)
        self.fill([*uv, "pip", "install", "--python", self.script("python")], environ)

    def with_pip(self) -> None:
        environ = self.pip_environment()
        self.step("making .venv with venv", [self.python, "-m", "venv", "--clear", self.venv], environ)
        self.fill([self.script("python"), "-m", "pip", "install"], environ)

    def fill(self, install: Sequence[Word], environ: dict[str, str]) -> None:
        """The locked packages, then zuji itself; what builds it is locked too, so nothing else comes."""
        packages = self.venv / "requirements.txt"
        packages.write_text(split_lock(self.lock.read_text("utf-8"))[1], "utf-8")
        self.step("installing the locked packages", [*install, "--require-hashes", "-r", packages], environ)
        self.step("installing zuji", [*install, "--no-deps", "--no-build-isolation", "-e", "."], environ)

    def add_peers(self) -> None:
        """The programs that benchmarks/ runs beside us, into .venv, pinned and hashed like the rest."""
        mark = self.venv / "zuji-peers-stamp"
        wish = hashlib.sha256(self.peers_lock.read_bytes()).hexdigest()
        if not (mark.exists() and mark.read_text("utf-8") == wish):
            install: list[Word] = [*self.fetch_uv(), "pip", "install", "--python", self.script("python")]
            peers = self.venv / "requirements-bench.txt"
            peers.write_text(self.peers_lock.read_text("utf-8"), "utf-8")
            self.step("installing the peers", [*install, "--require-hashes", "-r", peers], self.uv_environment())
            mark.write_text(wish, "utf-8")

    # -- what the installers are told

    def pip_environment(self) -> dict[str, str]:
        overrides = {
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_INPUT": "1",
            "PIP_REQUIRE_VIRTUALENV": "0",
            "PIP_ROOT_USER_ACTION": "ignore",
            "PIP_USER": "0",
        }
        return {**self.environ, **overrides}

    def uv_environment(self) -> dict[str, str]:
        """uv with the settings that the user gave to pip: a mirror set there is often the only fast way."""
        environ = {**self.environ, "PYTHONPATH": str(self.tools), "UV_NO_PROGRESS": "1"}
        settings = self.pip_settings()
        for name, variables in PIP_TO_UV.items():
            if settings.get(name) and not any(environ.get(variable) for variable in variables):
                environ[variables[0]] = settings[name]
        return environ

    def pip_settings(self) -> dict[str, str]:
        """pip's settings for `install`, the strongest source last: its files, then the environment."""
        code, output = self.run([self.python, "-m", "pip", "config", "list"], self.pip_environment())
        output = output if code == 0 else ""
        found: dict[str, str] = {}
        for section in ("global", "install"):
            for key, value in re.findall(rf"^{section}\.([\w-]+)=(.*)$", output, re.MULTILINE):
                with contextlib.suppress(ValueError, SyntaxError):
                    found[key] = " ".join(str(ast.literal_eval(value)).split())
        for name in PIP_TO_UV:
            value = self.environ.get("PIP_" + name.upper().replace("-", "_"))
            if value:
                found[name] = " ".join(value.split())
        return found

    # -- running the steps

    def run(self, command: Sequence[Word], environ: dict[str, str]) -> tuple[int, str]:
        """Run one command quietly: exit code and output, both in the log."""
        words = [str(word) for word in command]
        try:
            done = subprocess.run(
                words,
                cwd=str(self.root),
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
            )
            code, output = done.returncode, done.stdout.decode("utf-8", "replace")
        except OSError as error:
            code, output = 127, str(error)
        with contextlib.suppress(OSError), open(str(self.log), "a", encoding="utf-8") as log:
            log.write("$ {}\n{}(exit code {})\n\n".format(" ".join(words), output, code))
        return code, output

    def step(self, title: str, command: Sequence[Word], environ: dict[str, str] | None = None) -> None:
        """Run the command of one phase under one line of progress."""
        say(f"  {title} ...", end="")
        start = time.monotonic()
        code, _output = self.run(command, self.environ if environ is None else environ)
        if code:
            say(" failed")
            raise SetupError(f"{title} failed with exit code {code}")
        say(f" {time.monotonic() - start:.1f} s")

    def stale_catalogues(self) -> bool:
        """Whether a compiled catalogue is missing or lacks the digest of the text beside it."""
        for po in self.root.glob("src/zuji/locale/*/LC_MESSAGES/zuji.po"):
            digest = hashlib.sha256(po.read_bytes()).hexdigest().encode()
            mo = po.with_suffix(".mo")
            if not mo.exists() or digest not in mo.read_bytes():
                return True
        return False


def split_lock(text: str) -> tuple[str, str]:
    """The lock as two requirement files: the installer's own (uv), and everything else."""
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    pinned = [block for block in blocks if block.startswith("uv==")]
    return "".join(pinned), "".join(block for block in blocks if block not in pinned)


def say(text: str, end: str = "\n") -> None:
    """Progress goes to standard error: standard output belongs to the command."""
    sys.stderr.write(text + end)
    sys.stderr.flush()


def call(setup: Setup, command: Sequence[Word], cwd: Path | None = None) -> int:
    """Run a command in the environment with our own input and output; return its exit code."""
    sys.stdout.flush()
    environ = {**setup.environ, "VIRTUAL_ENV": str(setup.venv)}
    environ["PATH"] = os.pathsep.join([str(setup.script("python").parent), environ.get("PATH", "")])
    return subprocess.call([str(word) for word in command], cwd=cwd, env=environ)


def zuji(setup: Setup, arguments: list[str]) -> int:
    # The demo ends with commands to copy: they are called as this file was.
    python = "python" if os.name == "nt" else "python3"
    setup.environ.setdefault("ZUJI_COMMAND", f"{python} {sys.argv[0]} zuji")
    # -P: the user's folder may hold a folder named zuji
    return call(setup, [setup.ensure(), "-P", "-m", "zuji", *arguments])


def demo(setup: Setup, arguments: list[str]) -> int:
    # The reader of a fresh checkout gets the dossier, the page and the reports, not only the tables.
    given = any(word == "--help" or word.startswith("--out") for word in arguments)
    return zuji(setup, ["demo", *([] if given else ["--out", "demo-output"]), *arguments])


def serve(setup: Setup, arguments: list[str]) -> int:
    command = [setup.ensure(), "-P", "-m", "zuji", "serve"]
    if setup.run([*command, "--help"], setup.environ)[0]:
        say("There is no server yet: this version of Zuji has no `serve` command.")
        return 1
    return call(setup, [*command, *arguments])


def test(setup: Setup, arguments: list[str]) -> int:
    python = setup.ensure()
    everything = "--all" in arguments
    arguments = [argument for argument in arguments if argument != "--all"]
    left_out = [] if everything else ["browser", "server"]
    if everything and not find_chromium(setup.environ.get("PATH")):
        left_out.append("browser")
        say("No Chromium on this machine: the tests marked `browser` are left out.")
    marks = ["-m", " and ".join("not " + mark for mark in left_out)] if left_out else []
    # One worker per core, unless the caller says how many, or wants the debugger, which needs the terminal.
    own = any(word in ("--pdb", "--trace") or word.startswith(("-n", "--numprocesses")) for word in arguments)
    workers = [] if own else ["-n", "logical"]
    return call(setup, [python, "-m", "pytest", *workers, *marks, *arguments], cwd=setup.root)


def find_chromium(path: str | None = None) -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return next((found for found in (shutil.which(name, path=path) for name in names) if found), None)


def check(setup: Setup, arguments: list[str]) -> int:
    python = setup.ensure()
    checks: dict[str, list[Word]] = {
        "ruff check": [python, "-m", "ruff", "check", "--output-format", "concise", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "--output-format", "concise", "."],
        "mypy": [python, "-m", "mypy"],
        "layers": [setup.script("lint-imports"), "--no-cache"],
        "translations": [python, "tools/catalogue.py", "check"],
    }
    failed = 0
    for name, command in checks.items():
        start = time.monotonic()
        code, output = setup.run(command, {**setup.environ, "PYTHONUTF8": "1"})
        failed += bool(code)
        if code:
            print(output.rstrip())
        verdict, seconds = "FAIL" if code else "ok", time.monotonic() - start
        print(f"{verdict:<4} {name:<13} {seconds:5.1f} s", flush=True)
    print(f"{failed} of {len(checks)} checks failed" if failed else "all checks pass")
    return 1 if failed else 0


def bench(setup: Setup, arguments: list[str]) -> int:
    scripts = {path.stem[6:]: path for path in sorted((setup.root / "benchmarks").glob("bench_*.py"))}
    if not scripts:
        say("There are no benchmarks yet: the folder benchmarks/ holds no file bench_*.py.")
        return 1
    chosen = [name for name in arguments if not name.startswith("-")]
    unknown = [name for name in chosen if name not in scripts]
    if unknown:
        say("There is no benchmark {!r}; choose among {}.".format(unknown[0], ", ".join(scripts)))
        return 2
    python = setup.ensure()
    setup.add_peers()
    options = [word for word in arguments if word.startswith("-")]
    codes = []
    for name in chosen or scripts:
        print(f"== {name}", flush=True)
        codes.append(call(setup, [python, scripts[name], *options], cwd=setup.root))
    return max(codes)


def catalogue(setup: Setup, arguments: list[str]) -> int:
    return call(setup, [setup.ensure(), "tools/catalogue.py", "update", "compile"], cwd=setup.root)


def lock(setup: Setup, arguments: list[str]) -> int:
    groups = ["--all-extras", "--group", "dev", "--group", "setup"]
    peers = ["--group", "bench", "--constraint", setup.lock.name]
    form = ["--generate-hashes", "--universal", "--python-version", "{}.{}".format(*OLDEST)]
    header = ["--custom-compile-command", "python3 run.py lock"]
    compile_ = [*setup.fetch_uv(), "pip", "compile", "--quiet", "pyproject.toml"]
    for what, file, more in [("resolving", setup.lock, groups), ("resolving the peers", setup.peers_lock, peers)]:
        command = [*compile_, *more, *form, *header, "--output-file", file.name, *arguments]
        setup.step(what, command, setup.uv_environment())
    return 0


COMMANDS: dict[str, Callable[[Setup, list[str]], int]] = {
    "demo": demo,
    "zuji": zuji,
    "serve": serve,
    "test": test,
    "check": check,
    "bench": bench,
    "catalogue": catalogue,
    "lock": lock,
}


def main(arguments: list[str], setup: Setup | None = None) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(__doc__.rstrip())
        return 0
    if arguments[0] not in COMMANDS:
        say("There is no command {!r}; choose one of {}.".format(arguments[0], ", ".join(COMMANDS)))
        return 2
    setup = setup or Setup()
    try:
        return COMMANDS[arguments[0]](setup, arguments[1:])
    except SetupError as error:
        say(f"Zuji could not be set up: {error}; the details are in {setup.log}.")
        return 1
    except OSError as error:
        say(f"Zuji could not be set up: {error}.")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
