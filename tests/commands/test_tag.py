"""smc tag: list, add, remove, import, from-segment."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from smc import cli
from smc.project import load_project
from tests.scenarios.harness import ShopFolder

CUSTOMERS = "card,first_name,last_name,email,born,joined\n" + "".join(
    f"00{n},F,L,c{n}@example.com,,2026-03-0{n} 10:00:00\n" for n in range(1, 6)
)

Smc = Callable[..., str]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    made = ShopFolder.create(tmp_path / "shop", {})
    settings = made.folder / "smc.yaml"
    settings.write_text(
        settings.read_text(encoding="utf-8") + "\ntags: {vip: Our dearest, cold: Went}\n", encoding="utf-8"
    )
    made.arrive({"customers_1.csv": CUSTOMERS})
    return made.folder


@pytest.fixture
def smc(shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Smc:
    """Runs a command in the shop's folder; what it printed."""
    monkeypatch.chdir(shop)

    def run(*words: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["smc", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr()
        assert left.value.code == code, said
        return said.out + said.err

    run("import")
    return run


def test_lists_by_hand_by_file_and_from_a_segment(shop: Path, smc: Smc, monkeypatch: pytest.MonkeyPatch) -> None:
    assert json.loads(smc("tag", "add", "vip", "001", "002", "--json"))["added"] == 2
    assert json.loads(smc("tag", "add", "vip", "001", "--json"))["unchanged"] == 1
    (shop / "lists.txt").write_text("customer_id;tag\n003;cold\n004;cold\n999;cold\n", encoding="utf-8")
    assert "2: 999" not in smc("tag", "import", "lists.txt", code=1)
    said = smc("tag", "import", "lists.txt", "--reject-limit", "40%")
    assert "refused: line 4: 999: no customer has this id" in said
    monkeypatch.setattr(sys, "stdin", io.StringIO("004\n"))
    assert json.loads(smc("tag", "remove", "cold", "-", "--json"))["removed"] == 1
    shown = {row["tag"]: row for row in json.loads(smc("tag", "list", "--json"))}
    assert {tag: (row["title"], row["members"]) for tag, row in shown.items()} == {
        "vip": ("Our dearest", 2), "cold": ("Went", 1),
    }  # fmt: skip


def test_mistakes_are_said_and_nothing_is_changed(shop: Path, smc: Smc) -> None:
    assert "Did you mean 'vip'?" in smc("tag", "add", "vipp", "001", code=2)
    assert "name either customers or a file" in smc("tag", "add", "vip", code=2)
    assert "is no share" in smc("tag", "add", "vip", "001", "--reject-limit", "many", code=2)
    (shop / "latin.txt").write_bytes(b"001\nm\xfcller\n")
    assert "no UTF-8 text" in smc("tag", "import", "latin.txt", "--tag", "vip", code=2)
    assert "there is no segment" in smc("tag", "from-segment", "nobody", "vip", code=2)
    assert "has not been computed" in smc("tag", "from-segment", "reachable", "vip", code=2)
    assert [row["members"] for row in json.loads(smc("tag", "list", "--json"))] == [0, 0]


def test_a_list_from_a_segment(shop: Path, smc: Smc) -> None:
    (shop / "segments" / "early.yaml").write_text(
        "segments:\n  early:\n    title: Early\n    rule: {attribute: {field: customer_id, in: ['001', '002']}}\n",
        encoding="utf-8",
    )
    smc("compute")
    smc("segment", "refresh")
    assert json.loads(smc("tag", "from-segment", "early", "vip", "--json"))["added"] == 2
    assert load_project(shop).settings.tags["vip"] == "Our dearest"
