"""What must never be in the repository, and what must stay as it was vendored."""

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from tests.config.conftest import ROOT

# Written as expressions, so that this file does not find itself.
FORBIDDEN = {
    "a package index": r"(pypi|pythonhosted|npmjs|registry)\.(org|com|io)/|index-url\s*=|/simple/?\s",
    "a folder of one machine": r"(?<![\w.])/(home|root|Users|work)/\w",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE " + "KEY-----",
    "a password in an address": r"\w+://[\w.-]*:(?!password@|secret@|pa%20ss@|\.\.\.@|\$)[^\s:/@]{4,}@",
}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    found = []
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content and not path.name.endswith(".min.js"):
            found.append((path, content.decode("utf-8", errors="replace")))
    return found


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_carries(what: str) -> None:
    pattern = re.compile(FORBIDDEN[what])

    found = [f"{path.relative_to(ROOT)}: {hit.group()}" for path, text in texts() for hit in pattern.finditer(text)]

    assert found == []


def test_nothing_private_is_tracked() -> None:
    private = re.compile(r"(^|/)(\.env|secrets|var|\.venv)(/|$)")

    assert [str(path) for path in tracked() if private.search(str(path.relative_to(ROOT)))] == []


def test_vendored_scripts_are_what_their_authors_released() -> None:
    vendor = ROOT / "static" / "js" / "vendor"
    lines = [line.split() for line in (vendor / "checksums.txt").read_text().splitlines() if line[:1] not in {"", "#"}]
    listed = {words[1]: words[0] for words in lines}

    assert listed
    for name, expected in listed.items():
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == expected, name
    scripts = {path.name for path in vendor.glob("*.js")}
    assert scripts <= set(listed), "a vendored script without a checksum"


def test_every_lock_is_pinned_by_hash_and_agrees_with_the_largest() -> None:
    pins = {
        path.name: set(re.findall(r"^([\w.-]+==\S+)", path.read_text(), flags=re.MULTILINE))
        for path in (ROOT / "requirements").glob("*.txt")
    }

    assert set(pins) == {"base.txt", "lab.txt", "test.txt", "browser.txt", "dev.txt"}
    assert pins["base.txt"] < pins["lab.txt"] < pins["test.txt"] < pins["browser.txt"] < pins["dev.txt"]
    for path in (ROOT / "requirements").glob("*.txt"):
        requirements = re.split(r"\n(?=\S)", path.read_text().strip())
        assert all("--hash=sha256:" in requirement for requirement in requirements), path.name


def test_the_compose_file_holds_no_password_and_only_known_variables() -> None:
    compose = (ROOT / "docker-compose.yml").read_text()

    assert not re.search(r"PASSWORD:\s*[^/\s]", compose)
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", compose)) - {"TIDEMARK_VERSION"}
    explained = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))
    assert asked
    assert asked <= explained
