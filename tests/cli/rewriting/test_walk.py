"""A walk takes what git keeps, and tells what it leaves out."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from poolshift.cli.rewriting.walk import Walk, walk
from poolshift.core.errors import UsageError

GIT = shutil.which("git")


def shown(argument: Path, noted: Walk | None = None) -> list[str]:
    return [f.shown for f in walk(str(argument), noted or Walk())]


def lay(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n")


def test_files_come_in_the_order_of_their_paths(tmp_path: Path) -> None:
    lay(tmp_path, "b/2.yaml", "b/1.yaml", "a.yaml", "c/d/e.yaml")
    assert shown(tmp_path) == ["a.yaml", "b/1.yaml", "b/2.yaml", "c/d/e.yaml"]


def test_a_named_file_is_taken_whatever_git_thinks_of_it(tmp_path: Path) -> None:
    lay(tmp_path, "a.yaml")
    (tmp_path / ".gitignore").write_text("*.yaml\n")
    assert shown(tmp_path / "a.yaml") == ["a.yaml"]
    assert shown(tmp_path) == [".gitignore"]


def test_vendored_folders_are_not_entered_and_told(tmp_path: Path) -> None:
    lay(tmp_path, "node_modules/a.yaml", "x/vendor/b.yaml", ".git/c.yaml", "vendored.yaml")
    noted = Walk()
    assert shown(tmp_path, noted) == ["vendored.yaml"]
    assert noted.vendored == ["node_modules", "x/vendor"]


@pytest.mark.skipif(GIT is None, reason="git is not there")
def test_the_same_files_are_left_out_as_by_git(tmp_path: Path) -> None:
    lay(
        tmp_path,
        "keep.yaml",
        "a.log",
        "build/x.yaml",
        "src/build/y.yaml",
        "src/deep/z.yaml",
        "src/deep/keep.log",
        "src/sub/only.tmp",
        "docs/a b.yaml",
        "docs/#odd.yaml",
        "docs/!odd.yaml",
        "excluded.yaml",
        "one/two/three.yaml",
    )
    (tmp_path / ".gitignore").write_text("*.log\n/build/\n!keep.log\n**/two/*\n\\#odd.yaml\n# x\n")
    (tmp_path / "src" / ".gitignore").write_text("deep/z.yaml\n*.tmp\n")
    (tmp_path / "src" / "sub" / ".gitignore").write_text("!only.tmp\n")
    (tmp_path / "docs" / ".gitignore").write_text("\\!odd.yaml\na\\ b.yaml\n")
    git = [str(GIT), "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / ".git" / "info" / "exclude").write_text("excluded.yaml\n")
    said = subprocess.run(
        [*git, "ls-files", "-z", "--others", "--exclude-standard"], check=True, capture_output=True
    ).stdout.decode()
    assert sorted(shown(tmp_path)) == sorted(said.strip("\0").split("\0"))
    assert shown(tmp_path / "src") == [
        f.removeprefix("src/") for f in shown(tmp_path) if f.startswith("src/")
    ]


def test_links_are_not_followed_and_counted(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    inside = tmp_path / "inside"
    lay(outside, "secret.yaml")
    lay(inside, "a.yaml")
    (inside / "out").symlink_to(outside)
    (inside / "b.yaml").symlink_to(outside / "secret.yaml")
    (inside / "circle").symlink_to(inside)
    (inside / "nowhere").symlink_to(inside / "gone")
    noted = Walk()
    assert shown(inside, noted) == ["a.yaml"]
    assert noted.links == 4


def test_a_named_link_is_followed(tmp_path: Path) -> None:
    lay(tmp_path, "real/a.yaml")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert shown(tmp_path / "link") == ["a.yaml"]


def test_a_pipe_in_a_tree_is_passed_by(tmp_path: Path) -> None:
    lay(tmp_path, "a.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")
    assert shown(tmp_path) == ["a.yaml"]


def test_a_named_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(UsageError, match="neither a file nor a folder"):
        shown(tmp_path / "pipe.yaml")


def test_what_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        shown(tmp_path / "gone")


def test_a_folder_without_rights_is_noted_and_the_rest_is_walked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay(tmp_path, "a/x.yaml", "b/y.yaml")
    really = os.scandir

    def refusing(path: str) -> object:
        if str(path).endswith("/a"):
            raise PermissionError(13, "Permission denied", path)
        return really(path)

    # Root may read everything, so the refusal is made here.
    monkeypatch.setattr(os, "scandir", refusing)
    noted = Walk()
    assert shown(tmp_path, noted) == ["b/y.yaml"]
    assert noted.unread == {"a": "Permission denied"}
