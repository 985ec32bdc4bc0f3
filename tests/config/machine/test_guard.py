"""The guard leaves root for good, and shows a program what it needs without opening anything to it."""

import ctypes
import os
import pwd
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config.machine.guard import NOT_PERMITTED, PR_CAPBSET_DROP, steps

GUARD = Path(__file__).resolve().parents[3] / "config" / "machine" / "guard.py"
CAP_SYS_ADMIN = 21

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root has rights to give up")


def guarded(
    *command: str, show: tuple[Path, ...] = (), before: Callable[[], object] | None = None, uid: int | None
) -> tuple[int, str]:
    """Run a command below a guard, as user and group of this number; return its status and what it printed."""
    line = [sys.executable, "-I", "-S", str(GUARD)]
    line += [] if uid is None else ["--uid", str(uid), "--gid", str(uid)]
    line += [part for path in show for part in ("--show", str(path))]
    with subprocess.Popen(
        [*line, "--", *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=before,  # noqa: PLW1509  # these tests start no thread
    ) as process:
        assert process.stdout
        printed = process.stdout.read()
        return process.wait(), printed


@pytest.fixture
def nobody() -> int:
    return pwd.getpwnam("nobody").pw_uid


@pytest.fixture
def private(tmp_path: Path) -> Path:
    """Return a folder that only root may enter, with a program, a link to its folder, and something else."""
    folder = tmp_path / "private"
    (folder / "tools" / "bin").mkdir(parents=True)
    program = folder / "tools" / "bin" / "program"
    program.write_text('#!/bin/sh\ntest -x "$0" && echo "ran as $(id -u)"\n')
    program.chmod(0o755)
    (folder / "link").symlink_to("tools")
    (folder / "secret").write_text("of root")
    folder.chmod(0o700)
    return folder


@needs_root
def test_root_is_left_with_no_capability_no_group_and_no_way_back(nobody: int) -> None:
    status, printed = guarded(
        "/bin/sh", "-c", "grep -hE '^(Uid|Groups|Cap|NoNew)' /proc/self/status /proc/$PPID/status", uid=nobody
    )

    assert status == 0
    assert len(re.findall(rf"Uid:(\s+{nobody}){{4}}$", printed, flags=re.MULTILINE)) == 2, "the program and its guard"
    assert set(re.findall(r"Cap\w+:\s+(\w+)", printed)) == {"0000000000000000"}
    assert len(re.findall(r"Cap(Inh|Prm|Eff|Bnd|Amb)", printed)) == 10
    assert re.findall(r"NoNewPrivs:\s+(\d)", printed) == ["1", "1"]
    assert re.findall(r"Groups:[ \t]*(\S*)", printed) == ["", ""]


@pytest.mark.skipif(sys.platform != "linux", reason="a promise of Linux")
def test_an_ordinary_users_program_cannot_gain_rights_either() -> None:
    status, printed = guarded("/bin/grep", "NoNewPrivs", "/proc/self/status", uid=None)

    assert (status, printed.split()) == (0, ["NoNewPrivs:", "1"])


@needs_root
def test_a_program_below_a_closed_folder_runs_also_by_a_link(nobody: int, private: Path) -> None:
    program = private / "link" / "bin" / "program"

    status, printed = guarded(str(program), show=(program,), uid=nobody)

    assert (status, printed) == (0, f"ran as {nobody}\n")


@needs_root
def test_of_a_closed_folder_nothing_else_is_seen_and_it_stays_closed_outside(nobody: int, private: Path) -> None:
    look = f"ls {private}; cat {private}/secret; touch {private}/new"

    _, printed = guarded("/bin/sh", "-c", look, show=(private / "tools",), uid=nobody)

    assert printed.splitlines()[0] == "tools"
    assert "of root" not in printed
    assert private.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in private.iterdir()) == ["link", "secret", "tools"]


@needs_root
def test_where_nothing_can_be_shown_one_sentence_names_the_closed_folder(nobody: int, private: Path) -> None:
    def in_a_container() -> None:
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN, 0, 0, 0)

    status, printed = guarded("/bin/true", show=(private / "tools",), before=in_a_container, uid=nobody)

    assert status == NOT_PERMITTED
    assert printed.count("\n") == 1
    closed = re.search(r"chmod o\+x (\S+)`", printed)
    assert closed and str(private).startswith(closed.group(1))


@needs_root
def test_a_needed_folder_that_is_closed_itself_is_named(nobody: int, private: Path) -> None:
    (private / "tools").chmod(0o700)

    status, printed = guarded("/bin/true", show=(private / "tools" / "bin", private / "tools"), uid=nobody)

    assert status == NOT_PERMITTED
    assert f"may not enter {private / 'tools'}" in printed


def test_a_program_that_cannot_be_run_is_named_in_one_sentence(tmp_path: Path) -> None:
    status, printed = guarded(str(tmp_path / "missing"), uid=None)

    assert (status, printed) == (
        NOT_PERMITTED,
        f"tidemark: {tmp_path / 'missing'} cannot run: No such file or directory.\n",
    )


def test_the_way_to_a_path_names_every_link(tmp_path: Path) -> None:
    real = tmp_path.resolve()
    (real / "a").mkdir()
    (real / "b").symlink_to("a")
    (real / "c").symlink_to(real / "b")

    assert steps(str(real / "c" / "file")) == [str(real / "c"), str(real / "b"), str(real / "a" / "file")]


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")

    assert len(steps(str(tmp_path / "one"))) > 2
