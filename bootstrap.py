"""Sets the project up and runs one of its commands: run, test, prove, lint, check-deploy, bench, messages, lock, python.

Standard library only, and written so that any Python 3 can at least start it: the first thing it does is to look for
one that is new enough. `make` calls it; it can be called directly too.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST, NEWEST = (3, 11), (3, 14)

# Each lock file contains the ones before it, at the same versions.
LOCKS = ["base", "lab", "test", "browser", "dev"]
GROUPS: dict[str, list[str]] = {
    "base": [],
    "lab": ["lab"],
    "test": ["lab", "test"],
    "browser": ["lab", "test", "browser"],
    "dev": ["lab", "test", "browser", "dev"],
}

# The number that Linux and its tools keep for a user who owns nothing.
NOBODY = "65534"

BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
KNOWN_FOLDERS = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "~/.local/bin", "~/.pyenv/versions/*/bin"]


def main(arguments: list[str]) -> None:
    """Run the named command, with the rest of the line handed on to it."""
    commands = {
        "run": run,
        "test": test,
        "prove": prove,
        "lint": lint,
        "check-deploy": check_deploy,
        "bench": bench,
        "messages": messages,
        "lock": lock,
        "python": python,
    }
    if not arguments or arguments[0] not in commands:
        sys.exit(f"usage: python3 bootstrap.py {' | '.join(commands)}")
    os.chdir(ROOT)
    if os.geteuid() == 0:
        # The product's processes run as users of their own: they must be able to read what root installs here.
        os.umask(0o022)
    commands[arguments[0]](arguments[1:])


def run(rest: list[str]) -> None:
    """Start everything; the process becomes the supervisor, so that Ctrl-C reaches it directly."""
    install("base")
    become([str(PYTHON), "manage.py", "serve", *rest])


def test(rest: list[str]) -> None:
    """Run the whole test suite, with a browser where one is installed."""
    install("browser")
    chosen = rest or ["-n", "auto", "--dist", "loadgroup", *without_browser()]
    become([str(PYTHON), "-m", "pytest", *chosen])


def prove(rest: list[str]) -> None:
    """Walk Firefox and two WebKits, and wait for processes that stand still: too long for every change (decision 161)."""
    install("browser")
    become([str(PYTHON), "-m", "pytest", "-m", "engine or long", "-rs", *rest])


def lint(rest: list[str]) -> None:
    """Check style, types, import contracts, templates and migrations; report all, then fail if one did."""
    install("dev")
    tool = VENV / "bin"
    templates = [str(path) for path in sorted(ROOT.glob("templates/**/*.html"))]
    checks: list[list[str | Path]] = [
        [tool / "ruff", "check", "."],
        [tool / "ruff", "format", "--check", "."],
        [tool / "mypy", "."],
        [tool / "lint-imports"],
        [tool / "djade", "--check", "--target-version", "5.2", *templates],
        [tool / "djlint", "--lint", "--quiet", "templates"],
        [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"],
    ]
    failed = [check for check in checks if not succeeds([str(part) for part in check])]
    for check in failed:
        print("failed:", " ".join(str(part) for part in check[:3]))
    sys.exit(1 if failed else 0)


def check_deploy(rest: list[str]) -> None:
    """Look at the settings as a clinic would have them (the addresses are examples; nothing is connected to)."""
    install("base")
    example = {
        "DATABASE_URL": "postgresql://tidemark_app@db.example.org/tidemark",
        "SECRET_KEY": hashlib.sha256(os.urandom(32)).hexdigest(),
        "ALLOWED_HOSTS": "care.example.org",
        "EMAIL_URL": "smtps://mail.example.org",
        "DEFAULT_FROM_EMAIL": "no-reply@care.example.org",
        "REDIS_URL": "redis://redis.example.org:6379/0",
        "TIDEMARK_DATA_DIR": str(ROOT / "var"),
    }
    os.environ.update(example)
    become_unprivileged([str(PYTHON), "manage.py", "check", "--deploy", "--fail-level", "WARNING", *rest])


def bench(rest: list[str]) -> None:
    """Measure pages, the nightly comparison in the database, and the engine on people whose truth is known."""
    install("lab")
    succeeds([str(PYTHON), "-m", "bench"])
    succeeds([str(PYTHON), "manage.py", "measure_nightly"])
    become([str(PYTHON), "manage.py", "evaluate_engine", *rest])


def messages(rest: list[str]) -> None:
    """Collect the messages of the source into the catalogues and compile them; needs GNU gettext."""
    install("base")
    if not shutil.which("xgettext"):
        sys.exit("GNU gettext is missing: on Debian and Ubuntu, `apt install gettext` brings it.")
    collect = ["makemessages", "--all", "--no-location", "--no-obsolete", "--ignore", "var", "--ignore", "tests"]
    if not succeeds([str(PYTHON), "manage.py", *collect, *rest]):
        sys.exit(1)
    become([str(PYTHON), "manage.py", "compilemessages", "--ignore", ".venv"])


def lock(rest: list[str]) -> None:
    """Compile the lock files; all of them follow the largest one, so that a version is decided once."""
    install("dev")
    for name in reversed(LOCKS):
        target = f"requirements/{name}.txt"
        groups = [part for group in GROUPS[name] for part in ("--group", group)]
        follow = [] if name == "dev" else ["--constraint", "requirements/dev.txt"]
        compiled = [str(VENV / "bin" / "uv"), "pip", "compile", "pyproject.toml", *groups, *follow, *rest]
        # No index address may get into a file, and no path of this machine.
        compiled += ["--generate-hashes", "--universal", "--python-version", "3.11", "--quiet"]
        compiled += ["--no-header", "--no-annotate", "--no-emit-index-url", "--output-file", target]
        if not succeeds(compiled):
            sys.exit(1)


def python(rest: list[str]) -> None:
    """Run the project's interpreter with all tools installed."""
    install("dev")
    become([str(PYTHON), *rest])


def install(wanted: str) -> None:
    """Make .venv and bring it to a lock file's state; does nothing when it is already there."""
    if is_installed(wanted):
        return
    started = time.monotonic()
    print(f"Setting up ({wanted}): this takes less than a minute, once.", flush=True)
    if not works(PYTHON):
        make_venv()
    requirements = ["--require-hashes", "-r", f"requirements/{wanted}.txt"]
    uv = shutil.which("uv")
    by_uv = [uv, "pip", "install", "--quiet", "--python", str(PYTHON), *requirements] if uv else []
    by_pip = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check", *requirements]
    # uv does not know every way in which a company tells pip where its packages are; pip then still does.
    if not (by_uv and succeeds(by_uv)) and not succeeds(by_pip):
        sys.exit("The packages could not be installed: see the message above.")
    stamp(wanted).write_text(digest(wanted))
    print(f"Set up in {time.monotonic() - started:.0f} s.", flush=True)


def is_installed(wanted: str) -> bool:
    """Say whether this lock file, or one that contains it, is installed as it stands now."""
    larger = LOCKS[LOCKS.index(wanted) :]
    return works(PYTHON) and any(stamp(name).exists() and stamp(name).read_text() == digest(name) for name in larger)


def stamp(name: str) -> Path:
    """Return the file that remembers what was installed."""
    return VENV / f"installed-{name}"


def digest(name: str) -> str:
    """Return the lock file's checksum."""
    return hashlib.sha256((ROOT / "requirements" / f"{name}.txt").read_bytes()).hexdigest()


def make_venv() -> None:
    """Make .venv with the first interpreter that is new enough and really runs."""
    interpreter = find_interpreter()
    print(f"Using {interpreter}", flush=True)
    if not succeeds([interpreter, "-m", "venv", "--clear", str(VENV)]):
        sys.exit("Python's venv module is missing: on Debian and Ubuntu, `apt install python3-venv` brings it.")


def find_interpreter() -> str:
    """Return a usable interpreter: the one asked for, this one, one on PATH, one in a usual place."""
    names = [f"python{OLDEST[0]}.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    on_path = [shutil.which(name) or "" for name in [*names, "python3", "python"]]
    elsewhere = [
        str(found)
        for folder in KNOWN_FOLDERS
        for name in names
        for found in Path("/").glob(str(Path(folder).expanduser() / name).lstrip("/"))
    ]
    for candidate in [os.environ.get("PYTHON", ""), sys.executable, *on_path, *elsewhere]:
        if candidate and works(Path(shutil.which(candidate) or candidate)):
            return shutil.which(candidate) or candidate
    sys.exit(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed (up to {NEWEST[0]}.{NEWEST[1]}). Set PYTHON to it.")


def works(interpreter: Path) -> bool:
    """Say whether it runs and is new enough; a version manager's shim may be there and answer nothing."""
    question = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    try:
        return subprocess.run([str(interpreter), "-c", question], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def without_browser() -> list[str]:
    """Return pytest's arguments for a machine without Chromium; in CI that is an error."""
    if os.environ.get("CHROMIUM") or any(shutil.which(name) for name in BROWSERS):
        return []
    message = "No Chromium was found (Debian: `apt install chromium`), or set CHROMIUM to its path."
    if os.environ.get("CI"):
        sys.exit(message)
    print(f"\n*** BROWSER TESTS ARE LEFT OUT. {message} ***\n", flush=True)
    return ["-m", "not browser"]


def succeeds(command: list[str]) -> bool:
    """Run a command and say whether it ended well."""
    return subprocess.run(command, check=False).returncode == 0


def become(command: list[str]) -> None:
    """Replace this process."""
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606


def become_unprivileged(command: list[str]) -> None:
    """Replace this process by one that is not root's, as a clinic's are: a machine of CI may know root only."""
    if os.geteuid():
        become(command)
    answer = subprocess.run([str(PYTHON), "-c", "import sys; print(sys.base_prefix)"], capture_output=True, check=True)
    show = [part for path in (ROOT, VENV, answer.stdout.decode().strip()) for part in ("--show", str(path))]
    guard = [str(PYTHON), "-I", "-S", "config/machine/guard.py", "--uid", NOBODY, "--gid", NOBODY, *show, "--"]
    # The pipe stays open until the end: the guard takes the end of it for ours.
    with subprocess.Popen([*guard, *command], stdin=subprocess.PIPE) as process:
        sys.exit(process.wait())


if __name__ == "__main__":
    main(sys.argv[1:])
