"""The run lock: one owner, named, and gone with him however he ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smc.errors import LockedError, RunError
from smc.warehouse.lock import run_lock

OWNER = """
import sys
from pathlib import Path
from smc.warehouse.lock import run_lock
with run_lock(Path(sys.argv[1]), command="run nightly", started="2017-12-29T03:00:00"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_owner(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.communicate()


def test_a_second_run_leaves_and_names_the_first(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    with another_owner(path) as owner:
        expected = f"another run is at work: 'run nightly', pid {owner.pid}, since 2017-12-29T03:00:00"
        with pytest.raises(LockedError, match=expected), run_lock(path, command="x", started="now"):
            pass
    with run_lock(path, command="x", started="now"):
        assert f'"pid": {os.getpid()}' in path.read_text(encoding="utf-8")


def test_the_lock_dies_with_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    with another_owner(path) as owner:
        owner.send_signal(signal.SIGKILL)
        owner.wait()
        with run_lock(path, command="x", started="now"):
            pass


def test_waiting_gets_the_lock_when_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    with another_owner(path) as owner:
        assert owner.stdin is not None
        owner.stdin.close()
        owner.stdin = None
        with run_lock(path, command="x", started="now", wait_s=20):
            pass


def test_an_owner_without_a_name_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    with another_owner(path):
        path.write_text("", encoding="utf-8")
        with pytest.raises(LockedError, match="has not written its name"), run_lock(path, command="x", started="now"):
            pass


@pytest.mark.parametrize("note", ["", "12", "[]", "{}", "{broken"])
def test_a_note_that_names_nobody_is_no_accident(tmp_path: Path, note: str) -> None:
    path = tmp_path / "run.lock"
    with another_owner(path):
        path.write_text(note, encoding="utf-8")
        with pytest.raises(LockedError, match="has not written its name"), run_lock(path, command="x", started="now"):
            pass


@pytest.mark.parametrize("name", ["file/run.lock", "folder"])
def test_a_lock_that_cannot_be_made_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    path = tmp_path / name
    cannot = "lock of the project cannot be written"
    with pytest.raises(RunError, match=cannot) as caught, run_lock(path, command="x", started="now"):
        pass
    assert (caught.value.where, caught.value.exit_code) == (str(path), 1)
    assert caught.value.remedy


def test_errors_of_the_work_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), run_lock(tmp_path / "run.lock", command="x", started="now"):
        (tmp_path / "nothing").read_bytes()
