"""Codes, accruals, calls, notices and fields through whole nights: run twice, killed, and two at once."""

from __future__ import annotations

import csv
import os
import random
import shutil
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from tests.scenarios.harness import ShopFolder

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
EVENING, NIGHT, AFTER = date(2026, 2, 27), date(2026, 2, 28), date(2026, 3, 1)
SETTINGS = """
people: {boss: boss@shop.example}
accruals: {files: {local: {path: out}}}
calls: {files: {local: {path: out}}, lists: {vip: Our dearest}}
"""
FILES = {
    "promocodes.yaml": "groups:\n  gift: {title: Gift, lifetime: 10 days, low: 1}\n",
    "fields.yaml": "customer:\n  level: {title: Level, type: string, writable: true}\n",
    "campaigns/welcome.yaml": """title: Welcome
category: service
trigger: {registered: {}}
steps:
  - promocode: {group: gift}
  - email: {template: gift}
  - points: {amount: 10}
  - attribute: {set: {level: new}}
  - call: {list: vip, note: "Greet {{ customer.first_name }} with {{ promocode }}"}
  - notify: {to: [boss], text: "{{ customer.customer_id }} is new"}
""",
    "templates/gift/template.yaml": "title: Gift\nsubject: Your code {{ promocode }}\n",
    "templates/gift/body.html": "<p>{{ promocode }} until {{ promocode_until|date }}</p>\n",
    "segments/new.yaml": "segments:\n  new: {title: New, rule: {attribute: {field: level, equals: new}}}\n"
    "  coded: {title: Coded, rule: {promocode: {state: issued, group: gift}}}\n",
}


def customers(count: int) -> str:
    rows = [f"c{n:02},Name{n},Last,c{n}@example.com,,2026-02-28 10:00:00" for n in range(count)]
    return "\n".join(["card,first_name,last_name,email,born,joined", *rows, ""])


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with 30 codes before the night in which 20 customers come."""
    shop = ShopFolder.create(tmp_path_factory.mktemp("effects") / "shop", FILES)
    settings = shop.folder / "smc.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + SETTINGS, encoding="utf-8")
    shop.night(EVENING)
    codes = shop.folder / "codes.txt"
    codes.write_text("".join(f"CODE{n:02}\n" for n in range(30)), encoding="utf-8")
    command = [sys.executable, "-m", "smc", "promocode", "import", str(codes), "gift", "--project", str(shop.folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    shop.arrive({"customers_1.csv": customers(20)})
    return shop.folder


def driver(folder: Path, deadly: int, word: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.scenarios.kill_driver", str(folder), str(NIGHT), str(deadly), word],
        cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def issued(shop: ShopFolder) -> list[tuple[str, str]]:
    with shop.snapshot() as warehouse:
        return warehouse.rows("select entry_key, code from promocode_issue order by all")


def once(shop: ShopFolder) -> None:
    """Everybody has a code of his own."""
    found = issued(shop)
    assert len(found) == len({entry for entry, _ in found}) == len({code for _, code in found}) == 20


def test_whole_nights(evening: Path, tmp_path: Path) -> None:
    shutil.copytree(evening, tmp_path / "shop")
    shop = ShopFolder(tmp_path / "shop")
    report = shop.night(NIGHT)
    assert report.failures == ()
    once(shop)
    letters = shop.letters()
    assert len(letters) == 21
    assert sum(b"boss@shop.example" in letter for letter in letters.values()) == 1
    with (shop.folder / "out" / "accruals_2026-02-28.csv").open(encoding="utf-8") as lines:
        assert [row["customer_id"] for row in csv.DictReader(lines)]
    before, files = shop.tables(), sorted((shop.folder / "out").iterdir())
    shop.night(NIGHT)
    assert shop.tables() == before
    assert shop.letters() == letters
    assert sorted((shop.folder / "out").iterdir()) == files
    shop.arrive({"receipts_1.csv": f"receipt,card,store,time,status,total\nr1,c01,s,{AFTER} 10:00:00,paid,5\n"})
    shop.night(AFTER)
    with shop.snapshot() as warehouse:
        members = dict(
            warehouse.rows("select segment, count(*) from segment_member where left_on is null group by all")
        )
    assert (members["new"], members["coded"]) == (20, 20)


def test_killed_while_codes_are_given(evening: Path, tmp_path: Path) -> None:
    calm = tmp_path / "calm"
    shutil.copytree(evening, calm)
    said, _ = driver(calm, 0, "promocode_issue").communicate()
    expected = ShopFolder(calm).tables()
    count = int(said)
    for deadly in sorted(random.Random(count).sample(range(1, count + 1), 3)):  # noqa: S311 - moments to die
        folder = tmp_path / f"killed_{deadly}"
        shutil.copytree(evening, folder)
        process = driver(folder, deadly, "promocode_issue")
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        shop = ShopFolder(folder)
        shop.night(NIGHT)
        once(shop)
        assert shop.tables() == expected, f"killed at {deadly} of {count}"


def test_a_second_run_while_codes_are_given(evening: Path, tmp_path: Path) -> None:
    """The first one stands in the midst of giving codes, so the two are certainly at work at once."""
    folder = tmp_path / "shop"
    shutil.copytree(evening, folder)
    first = driver(folder, -2, "promocode_issue")
    try:
        _, status = os.waitpid(first.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status), "it ended before it gave codes"
        second = driver(folder, 0)
        _, said = second.communicate()
        assert second.returncode
        assert "LockedError" in said
        assert f"pid {first.pid}" in said
        os.kill(first.pid, signal.SIGCONT)
        _, said = first.communicate()
        assert first.returncode == 0, said
    finally:
        first.kill()
    shop = ShopFolder(folder)
    once(shop)
    before = issued(shop)
    shop.night(NIGHT)
    assert issued(shop) == before
