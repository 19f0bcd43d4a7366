"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "smc").rglob("*.py"))
MAX_FILE = 400
MAX_FUNCTION = 50
CLOCKS = {"now", "utcnow", "today", "time"}
MAY_READ_THE_CLOCK = "smc/pipeline/"


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= MAX_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= MAX_FUNCTION, f"{path}:{node.lineno} {node.name} has {length} lines"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_pipeline_reads_the_clock(path: Path) -> None:
    if str(path.relative_to(ROOT)).startswith(MAY_READ_THE_CLOCK):
        return
    owners = {"datetime", "date", "time"}
    for call in calls(ast.parse(path.read_text(encoding="utf-8"))):
        match call.func:
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if owner in owners and name in CLOCKS:
                pytest.fail(f"{path}:{call.lineno} reads the clock with {owner}.{name}()")


@pytest.mark.parametrize("path", sorted((ROOT / "smc").rglob("*.sql")), ids=lambda path: str(path.relative_to(ROOT)))
def test_statements_begin_with_why_and_read_no_clock(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("--")
    for word in ("now()", "current_date", "current_timestamp", "today()"):
        assert word not in text.lower()


def test_every_module_says_what_it_is() -> None:
    silent = [path for path in MODULES if path.stat().st_size and not ast.get_docstring(ast.parse(path.read_text()))]
    assert silent == []


def test_tracked_files_name_no_machine_and_no_package_index() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    words = ("index" + "-url", str(ROOT) + "/")
    for name in tracked:
        file = ROOT / name
        if file.suffix in {".py", ".md", ".yaml", ".toml", ".lock", ".json", ".sql", ""} and file.is_file():
            text = file.read_text(encoding="utf-8", errors="replace")
            assert not any(word in text for word in words), name
