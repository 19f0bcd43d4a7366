"""Every ``console`` block of README and docs/ is run, and what it prints is compared.

Lines that begin with ``$ `` are commands of one shell session per page; what follows is their standard output, where
``...`` stands for anything (as in doctest). Progress and errors go to standard error; ``2>&1`` shows them too.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "sample_data").glob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture
def session(tmp_path: Path) -> dict[str, str]:
    """A shell in an empty folder where ``smc`` is the one under test and ``make`` does not reach the network."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "smc").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m smc "$@"\n', encoding="utf-8")
    (tools / "smc").chmod(0o755)
    path = os.pathsep.join([str(tools), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}


def run(command: str, folder: Path, environment: dict[str, str]) -> tuple[str, Path]:
    """Output of a command, and the folder in which the next one starts."""
    done = subprocess.run(
        ["bash", "-c", f'{command}\nstatus=$?\npwd > "$SMC_PWD"\nexit $status'],
        cwd=folder,
        env=environment | {"SMC_PWD": str(folder / ".pwd")},
        capture_output=True,
        text=True,
        check=False,
    )
    after = Path((folder / ".pwd").read_text(encoding="utf-8").strip())
    (folder / ".pwd").unlink()
    return done.stdout, after


def pages_with(pattern: re.Pattern[str]) -> list[Path]:
    return [page for page in PAGES if pattern.search(page.read_text(encoding="utf-8"))]


@pytest.mark.slow
@pytest.mark.parametrize("page", pages_with(BLOCK), ids=lambda page: page.name)
def test_what_the_docs_show_is_what_happens(page: Path, tmp_path: Path, session: dict[str, str]) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    for block in BLOCK.findall(page.read_text(encoding="utf-8")):
        for command, expected in COMMAND.findall(block):
            found, folder = run(command, folder, session)
            same = doctest.OutputChecker().check_output(expected, found, FLAGS)
            assert same, f"{page.name}: $ {command}\n--- expected\n{expected}\n--- found\n{found}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 130


def test_bash_is_there() -> None:
    assert shutil.which("bash")
