"""smc suppress: add, remove, list."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from smc import cli
from smc.campaign.suppression import overview
from tests.scenarios.harness import ShopFolder

Smc = Callable[..., str]


@pytest.fixture
def shop(tmp_path: Path) -> ShopFolder:
    made = ShopFolder.create(tmp_path / "shop", {})
    head = "card,first_name,last_name,email,born,joined\n"
    made.arrive({"customers_1.csv": head + "001,F,L,c1@example.com,,2026-03-01 10:00:00\n"})
    return made


@pytest.fixture
def smc(shop: ShopFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Smc:
    """Runs a command in the shop's folder; what it printed."""
    monkeypatch.chdir(shop.folder)

    def run(*words: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["smc", *words])
        with pytest.raises(SystemExit) as left:
            cli.main()
        said = capsys.readouterr()
        assert left.value.code == code, said
        return said.out + said.err

    assert "no data yet" in run("suppress", "add", "a@example.com", code=2)
    run("import")
    return run


def test_addresses_are_kept_as_messages_use_them(shop: ShopFolder, smc: Smc) -> None:
    (shop.folder / "left.txt").write_text("0151 23456789\n\nAnna@Пример.рф\n", encoding="utf-8")
    said = smc("suppress", "add", " C1@Example.COM ", "--file", "left.txt", "--reason", "wrote to us", "--json")
    assert json.loads(said) == {"changed": 3, "unchanged": 0}
    assert json.loads(smc("suppress", "add", "c1@example.com", "--json")) == {"changed": 0, "unchanged": 1}
    rows = json.loads(smc("suppress", "list", "--json"))
    assert {(row["address"], row["channel"], row["reason"]) for row in rows} == {
        (address, "all", "wrote to us")
        for address in ("c1@example.com", "+4915123456789", "anna@xn--e1afmkfd.xn--p1ai")
    }
    assert json.loads(smc("suppress", "remove", "c1@example.com", "anna@example.com", "--json")) == {
        "changed": 1, "unchanged": 1,
    }  # fmt: skip
    assert len(json.loads(smc("suppress", "list", "--json"))) == 2


def test_customers_and_single_channels(shop: ShopFolder, smc: Smc) -> None:
    assert json.loads(smc("suppress", "add", "--customer", "001", "--json"))["changed"] == 1
    assert json.loads(smc("suppress", "add", "--customer", "001", "--channel", "email", "--json"))["changed"] == 1
    assert json.loads(smc("suppress", "add", "12345", "--channel", "email", "--json"))["changed"] == 1
    assert "no customer has the id 999" in smc("suppress", "add", "--customer", "999", code=2)
    assert json.loads(smc("suppress", "remove", "--customer", "001", "--json"))["changed"] == 1
    with shop.snapshot() as warehouse:
        found = [(row["channel"], row["address"], row["customer_id"]) for row in overview(warehouse)]
    assert found == [("email", "12345", None), ("email", None, "001")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nobody is named"),
        (("12345",), "neither an e-mail address nor a phone"),
        (("a@b@c",), "is no e-mail address"),
        (("a@example.com", "--channel", "emial"), "there is no channel 'emial'"),
    ],
)
def test_what_cannot_be_an_address(smc: Smc, words: tuple[str, ...], said: str) -> None:
    assert said in smc("suppress", "add", *words, code=2)
