"""Every feed that the docs show is a whole file and a valid one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from smc.project import check_project

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)
SOURCES = sorted((ROOT / "docs" / "sources").glob("*.md"))


def feeds(page: Path) -> list[str]:
    return [
        text for text in BLOCK.findall(page.read_text(encoding="utf-8")) if re.search(r"^source:", text, re.MULTILINE)
    ]


SHOWN = [(page, text) for page in sorted((ROOT / "docs").rglob("*.md")) for text in feeds(page)]


def test_every_kind_of_source_has_a_page_with_a_feed() -> None:
    from smc.registry import names

    pages = {page.stem for page in SOURCES if feeds(page)}
    assert pages >= set(names("smc.sources"))


@pytest.mark.parametrize(("page", "text"), SHOWN, ids=lambda value: value.name if isinstance(value, Path) else "")
def test_a_feed_in_the_docs_is_valid(page: Path, text: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "problems" / "base", tmp_path / "shop")
    for kind in ("feeds", "campaigns", "mailings"):  # campaigns ask for more than one feed brings
        for old in (tmp_path / "shop" / kind).iterdir():
            old.unlink()
    (tmp_path / "shop" / "feeds" / "shown.yaml").write_text(text, encoding="utf-8")
    _, problems = check_project(tmp_path / "shop", secrets_needed=False)
    assert not problems, "\n".join(map(str, problems))
