"""Files are replaced whole, with the mode they had, and only if they are what was read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from poolshift.cli.rewriting.files import MAX_BYTES, UnreadableError, read, replace
from poolshift.cli.rewriting.walk import Found
from poolshift.core.errors import UsageError


def test_mode_stays_and_nothing_is_left_beside(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"old")
    path.chmod(0o2750)
    replace(path, b"old", b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o7777 == 0o2750
    assert os.listdir(tmp_path) == ["a.yaml"]


def test_owner_stays(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    path = tmp_path / "a.yaml"
    path.write_bytes(b"old")
    os.chown(path, 12, 34)
    replace(path, b"old", b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (12, 34)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_bytes(b"old")
    link = tmp_path / "link.yaml"
    link.symlink_to("real.yaml")
    replace(link, b"old", b"new")
    assert link.is_symlink()
    assert (tmp_path / "real.yaml").read_bytes() == b"new"


def test_a_file_that_changed_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"somebody's new work")
    with pytest.raises(UsageError, match="changed meanwhile"):
        replace(path, b"old", b"new")
    assert path.read_bytes() == b"somebody's new work"
    assert os.listdir(tmp_path) == ["a.yaml"]


def test_a_disk_that_is_full_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="No space left"):
        replace(path, b"old", b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.yaml"]


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    with path.open("wb") as file:
        file.truncate(20 * MAX_BYTES)
    with pytest.raises(UnreadableError, match="larger than 10 MB"):
        read(Found("a.yaml", path))


def test_a_file_that_is_gone_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="No such file"):
        read(Found("a.yaml", tmp_path / "gone.yaml"))
