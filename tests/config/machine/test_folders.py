"""What lies in the data folder: closed, and given to another user without touching what is not ours to give."""

import os
import stat
from pathlib import Path

from config.machine import folders, users
from tests.config.machine.rooted import needs_root


def test_a_new_data_folder_can_be_passed_and_not_listed_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        folders.make(tmp_path / "var")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o711


def test_others_lose_the_right_to_write_into_the_data_folder(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)

    folders.make(tmp_path)

    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


@needs_root
def test_the_applications_user_may_read_the_key_and_change_only_its_own_folders(tmp_path: Path) -> None:
    folders.secret_key(tmp_path)
    (tmp_path / "mail" / "of_an_earlier_run.log").touch(mode=0o600)
    user = users.of_application()

    folders.hand_over(tmp_path, user)

    key = (tmp_path / "secret_key").stat()
    assert (key.st_uid, key.st_gid, stat.S_IMODE(key.st_mode)) == (0, user.gid, 0o640)
    for path in (tmp_path / "mail", tmp_path / "mail" / "of_an_earlier_run.log", tmp_path / "queue-control"):
        assert path.stat().st_uid == user.uid, path
    assert tmp_path.stat().st_uid == 0


@needs_root
def test_a_file_of_the_system_that_was_linked_into_a_folder_stays_the_systems(tmp_path: Path) -> None:
    of_system = tmp_path / "of_system"
    of_system.touch(mode=0o600)
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "hard").hardlink_to(of_system)
    (folder / "soft").symlink_to(of_system)
    os.mkfifo(folder / "pipe")

    folders.give(folder, users.of_application())

    assert of_system.stat().st_uid == 0
    assert folder.stat().st_uid == users.of_application().uid
