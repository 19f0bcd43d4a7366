"""smc promocode: import, generate, list, show, block, expire."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from smc import cli
from tests.scenarios.harness import ShopFolder

GROUPS = """groups:
  gift: {title: Gift, format: {prefix: G-, length: 6}, low: 3}
  other: {title: Other, format: {length: 4, alphabet: ABCDEFGHJK}}
  plain: {title: Without a format}
"""
Smc = Callable[..., str]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return ShopFolder.create(tmp_path / "shop", {"promocodes.yaml": GROUPS}).folder


@pytest.fixture
def smc(shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Smc:
    monkeypatch.chdir(shop)

    def run(*words: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["smc", "promocode", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr()
        assert left.value.code == code, said
        return said.out + said.err

    return run


def test_codes_of_a_file_and_made_ones(shop: Path, smc: Smc) -> None:
    (shop / "codes.txt").write_text("code\nAAA\nbbb\n\n", encoding="utf-8")
    assert json.loads(smc("import", "codes.txt", "gift", "--json")) == {"group": "gift", "added": 2, "unchanged": 0}
    assert json.loads(smc("import", "codes.txt", "gift", "--json"))["unchanged"] == 2
    assert json.loads(smc("generate", "gift", "500", "--json"))["added"] == 500
    rows = {row["group"]: row for row in json.loads(smc("list", "--json"))}
    assert {name: (row["codes"], row["free"], row["low"]) for name, row in rows.items()} == {
        "gift": (502, 502, False), "other": (0, 0, False), "plain": (0, 0, False),
    }  # fmt: skip
    assert json.loads(smc("block", "aaa", "--json"))["group"] == "gift"
    (shown,) = json.loads(smc("show", "AAA", "--json"))
    assert (shown["state"], shown["customer"]) == ("blocked", None)
    assert json.loads(smc("expire", "gift", "--json"))["expired"] == 501
    rows = {row["group"]: row for row in json.loads(smc("list", "--json"))}
    assert (rows["gift"]["free"], rows["gift"]["expired"], rows["gift"]["blocked"]) == (0, 501, 1)
    assert rows["gift"]["low"]


def test_mistakes_change_nothing(shop: Path, smc: Smc) -> None:
    (shop / "codes.txt").write_text("AAA\nBBB\n", encoding="utf-8")
    (shop / "bad.txt").write_text("CCC\naaa\nccc\nto o\n", encoding="utf-8")
    smc("import", "codes.txt", "gift")
    said = smc("import", "bad.txt", "other", code=1)
    for text in ("3 codes cannot be taken", "line 2: aaa: group gift has it", "line 3: ccc", "line 4: this is no code"):
        assert text in said
    assert "Did you mean 'gift'?" in smc("import", "codes.txt", "gitf", code=2)
    assert "they could be guessed" in smc("generate", "other", "11", code=2)
    assert "has no format" in smc("generate", "plain", "1", code=2)
    assert "there is no code" in smc("show", "CCC", code=2)
    assert "there is no code" in smc("block", "CCC", code=2)
    (shop / "latin.txt").write_bytes(b"m\xfcller\n")
    assert "no UTF-8 text" in smc("import", "latin.txt", "gift", code=2)
    rows = {row["group"]: row["codes"] for row in json.loads(smc("list", "--json"))}
    assert rows == {"gift": 2, "other": 0, "plain": 0}


def test_the_plan_says_what_is_needed_and_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = ShopFolder.create(
        tmp_path / "shop",
        {
            "promocodes.yaml": GROUPS,
            "campaigns/welcome.yaml": "title: W\ncategory: service\ntrigger: {registered: {}}\nsteps:\n"
            "  - promocode: {group: gift}\n  - poll: {poll: nps}\n",
            "polls/nps.yaml": "title: N\nquestions: {score: {scale: {ask: How?}}}\n",
        },
    )
    (shop.folder / "codes.txt").write_text("AAA\n", encoding="utf-8")
    monkeypatch.chdir(shop.folder)

    def smc(*words: str) -> tuple[str, str]:
        monkeypatch.setattr(sys, "argv", ["smc", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr()
        assert left.value.code == 0, said
        return said.out, said.err

    smc("promocode", "import", "codes.txt", "gift")
    head = "card,first_name,last_name,email,born,joined\n"
    shop.arrive({"customers_1.csv": head + "".join(f"c{n},F,L,,,2026-03-02 10:00:00\n" for n in range(3))})
    smc("import", "--as-of", "2026-03-02")
    shown, _ = smc("plan", "--as-of", "2026-03-02", "--json")
    planned = json.loads(shown)
    assert planned["promocodes"] == [{"group": "gift", "needed": 3, "given": 1, "left": 0}]
    assert planned["tasks"] == [
        {"campaign": "welcome", "kind": "poll", "target": "nps", "planned": 3, "suppressed": {}}
    ]
    shown, notes = smc("plan", "--as-of", "2026-03-02")
    assert "Beside messages" in shown
    assert "2 customers got no code" in notes
    assert "promocodes.yaml:2:9: 3 customers need a code of 'gift', and there are 1: 2 will get none." in notes
    assert "smc promocode import FILE gift, or smc promocode generate gift 2." in notes
    rows = {row["group"]: row["free"] for row in json.loads(smc("promocode", "list", "--json")[0])}
    assert rows["gift"] == 1, "a plan uses none up"
