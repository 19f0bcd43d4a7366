"""smc campaign on the command line: a line each, and the tree of one with who is where."""

from __future__ import annotations

import itertools
import json
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from smc.cli import app
from smc.errors import UsageError
from tests.scenarios.harness import ShopFolder

GIFT = """title: Gift
category: marketing
trigger: {registered: {}}
steps:
  - split:
      salt: gift
      arms:
        - {name: mail, share: 100%, steps: [{email: {template: welcome}}]}
        - {name: nothing, share: 0.01%}
  - wait: 3 days
  - filter:
      where: {attribute: {field: city, equals: Boston}}
      otherwise: [{tag: {add: elsewhere}}]
  - exit: done
""".replace("100%", "99.99%")
CUSTOMERS = "card,first_name,last_name,email,born,joined\n001,A,B,a@example.com,,2026-03-02 10:00:00\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = ShopFolder.create(tmp_path_factory.mktemp("campaign") / "shop", {"campaigns/gift.yaml": GIFT})
    made.arrive({"customers_1.csv": CUSTOMERS})
    made.night(date(2026, 3, 2))
    return made.folder


def smc(*words: str | Path) -> str:
    done = CliRunner().invoke(app, [*map(str, words)], catch_exceptions=False, env={"COLUMNS": "200"})
    assert done.exit_code == 0, done.output
    return done.stdout


def test_every_campaign_has_a_line(shop: Path) -> None:
    rows = {row["name"]: row for row in json.loads(smc("campaign", "list", "--project", shop, "--json"))}
    assert set(rows) == {"gift", "welcome"}
    gift = rows["gift"]
    assert (gift["versions"], gift["entries"], gift["inside"], gift["messages"], gift["suppressed"]) == (1, 1, 1, 0, 1)
    assert gift["last_entry"] == "2026-03-02"
    assert "Gift" in smc("campaign", "list", "--project", shop)


def test_one_shows_its_tree_and_who_is_where(shop: Path) -> None:
    found = json.loads(smc("campaign", "show", "gift", "--project", shop, "--json"))
    assert found["trigger"] == "On the day of registration."
    told = [(row["step"], row["what"], row["reached"], row["messaged"], row["inside"]) for row in found["steps"]]
    assert told == [
        (1, "A/B test: mail 99.99 %, nothing 0.01 %", 1, 0, 0),
        (2, "  mail: E-mail “welcome”", 1, 1, 0),
        (3, "Wait 3 days", 1, 0, 1),
        (4, "Only if city is Boston", 0, 0, 0),
        (5, "  otherwise: Add the tag “elsewhere”", 0, 0, 0),
        (6, "Leave: done", 0, 0, 0),
    ]
    shown = smc("campaign", "show", "gift", "--project", shop)
    assert "  otherwise: Add the tag “elsewhere”" in shown


AFTER_RECEIPT = """title: After a receipt
category: service
trigger: {receipt: {total_at_least: 10}}
goal: {happens: {receipt: {}}}
exit_when: {where: {attribute: {field: city, equals: Boston}}}
steps:
  - filter: {trigger: {total: {at_least: 20}}}
  - wait_for: {where: {receipt: {}}, within: 9 days, otherwise: [{exit: in vain}]}
  - email: {template: welcome}
"""
RECEIPTS = "receipt,card,store,time,status,total\n"


def test_goals_and_waits_are_shown(tmp_path: Path) -> None:
    shop = ShopFolder.create(tmp_path / "shop", {"campaigns/after.yaml": AFTER_RECEIPT})
    shop.arrive({"customers_1.csv": CUSTOMERS + "002,C,D,c@example.com,,2026-03-02 10:00:00\n"})
    shop.night(date(2026, 3, 2))
    both = "r1,001,s1,2026-03-03 10:00:00,paid,25.00\nr2,002,s1,2026-03-03 10:00:00,paid,25.00\n"
    shop.arrive({"receipts_1.csv": RECEIPTS + both})
    shop.night(date(2026, 3, 3))
    shop.arrive({"receipts_2.csv": RECEIPTS + "r3,001,s1,2026-03-04 10:00:00,paid,5.00\n"})
    shop.night(date(2026, 3, 5))
    found = json.loads(smc("campaign", "show", "after", "--project", shop.folder, "--json"))
    assert found["trigger"] == "After a receipt of 10 or more."
    assert (found["goal"], found["exit when"]) == ("After a receipt.", "If city is Boston.")
    assert found["reached the goal"] == 1
    told = [(row["what"], row["reached"], row["passed"], row["inside"]) for row in found["steps"]]
    assert told == [
        ("Only if total is at least 20", 2, 2, 0),
        ("Wait for a receipt, at most 9 days", 2, 1, 1),
        ("  otherwise: Leave: in vain", 0, 0, 0),
        ("E-mail “welcome”", 1, 0, 0),
    ]


def test_a_text_that_has_not_run_counts_nobody(shop: Path) -> None:
    path = shop / "campaigns" / "gift.yaml"
    path.write_text(GIFT.replace("3 days", "4 days"), encoding="utf-8")
    found = json.loads(smc("campaign", "show", "gift", "--project", shop, "--json"))
    path.write_text(GIFT, encoding="utf-8")
    assert found["counted_version"] is None
    assert {row["reached"] for row in found["steps"]} == {0}
    assert found["entries"] == 1


def test_before_the_first_run_there_is_a_tree_and_nobody_in_it(tmp_path: Path) -> None:
    shop = ShopFolder.create(tmp_path / "shop", {}).folder
    assert json.loads(smc("campaign", "list", "--project", shop, "--json"))[0]["entries"] == 0
    assert json.loads(smc("campaign", "show", "welcome", "--project", shop, "--json"))["counted_version"] is None


def test_a_misspelt_name_is_told_the_nearest(shop: Path) -> None:
    done = CliRunner().invoke(app, ["campaign", "show", "gitf", "--project", str(shop)])
    assert isinstance(done.exception, UsageError)
    assert done.exception.remedy == "Did you mean 'gift'?"


def test_the_graph_says_who_went_which_way(shop: Path) -> None:
    shown = smc("campaign", "graph", "gift", "--project", shop).splitlines()
    assert shown == [
        "On the day of registration.",
        "1  A/B test: mail 99.99 %, nothing 0.01 %  (1 came)",
        "├─ mail: 1 of 1, 100.0%",
        "│  2  E-mail “welcome”  (1 came)",
        "└─ nothing: 0 of 1, 0.0%  (no steps)",
        "3  Wait 3 days  (1 came, 1 is here)",
        "4  Only if city is Boston  (0 came)",
        "└─ otherwise: 0 of 0",
        "   5  Add the tag “elsewhere”  (0 came)",
        "6  Leave: done  (0 came)",
    ]
    found = json.loads(smc("campaign", "graph", "gift", "--project", shop, "--json"))
    assert [branch["taken"] for branch in found["steps"][0]["branches"]] == [1, 0]
    assert found["steps"][1]["inside"] == 1


def test_the_picture_is_whole_svg_and_holds_every_step(shop: Path, tmp_path: Path) -> None:
    target = tmp_path / "gift.svg"
    smc("campaign", "graph", "gift", "--project", shop, "--svg", target)
    root = ET.fromstring(target.read_text(encoding="utf-8"))  # noqa: S314 - our own file
    texts = [node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert any("E-mail “welcome”" in text for text in texts)
    assert "otherwise: 0 of 0" in texts
    boxes = [(float(box.get("y", "0")), float(box.get("height", "0"))) for box in list(root)[3:] if box.get("rx")]
    assert all(y + height <= below for (y, height), (below, _) in itertools.pairwise(boxes))


def test_a_title_with_signs_of_xml_stays_a_text(tmp_path: Path) -> None:
    text = GIFT.replace("exit: done", "exit: '<b> & \"so\"'")
    shop = ShopFolder.create(tmp_path / "shop", {"campaigns/gift.yaml": text}).folder
    smc("campaign", "graph", "gift", "--project", shop, "--svg", tmp_path / "gift.svg")
    assert "Leave: &lt;b&gt; &amp; " in (tmp_path / "gift.svg").read_text(encoding="utf-8")


def test_what_took_the_room_of_its_messages_is_shown(tmp_path: Path) -> None:
    note = "title: Note\ncategory: service\npriority: {}\ntrigger: {{registered: {{}}}}\n"
    note += "steps: [email: {{template: welcome}}]\n"
    made = ShopFolder.create(
        tmp_path / "shop", {f"campaigns/{name}.yaml": note.format(at) for name, at in (("low", 10), ("high", 90))}
    )
    settings = made.folder / "smc.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("caps:\n", "caps:\n  - {messages: 1, hours: 24}\n"), encoding="utf-8")
    made.arrive({"customers_1.csv": CUSTOMERS})
    made.night(date(2026, 3, 2), report=True)
    found = json.loads(smc("campaign", "show", "low", "--project", made.folder, "--json"))
    assert found["lost"] == [{"lost_to": "high", "messages": 1, "customers": 1}]
    assert "Messages that found no room" in smc("campaign", "show", "low", "--project", made.folder)
    assert json.loads(smc("campaign", "show", "high", "--project", made.folder, "--json"))["lost"] == []
    assert "high" in (made.folder / "report" / "campaign-low.html").read_text(encoding="utf-8")
