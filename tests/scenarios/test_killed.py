"""A night that is killed anywhere and run again leaves what an undisturbed night leaves, and sends nothing twice."""

from __future__ import annotations

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
EVENING, NIGHT = date(2026, 2, 27), date(2026, 2, 28)
DEATHS = 9


FILES = {
    "channels.yaml": """\
email: {title: E-mail, sender: Shop <news@example.com>, route: {file: {folder: data/letters}}}
sms: {title: SMS, route: {file: {folder: data/notes}}}
viber: {title: Viber, route: {file: {folder: data/notes}}}
""",
    "feeds/customers.yaml": """\
title: Customers
object: customer
source: {local: {path: inbox}}
files: customers*.csv
fields: {customer_id: card, first_name: first_name, email: email, phone: phone, registered_at: joined}
""",
    "campaigns/hello.yaml": """\
title: Hello
category: service
trigger: {registered: {}}
steps:
  - cascade:
      tries: [{viber: {text: "Hi {{ customer.first_name }}"}, within: 1 day}, {sms: {text: Hi}}]
  - sms: {text: "Hello {{ customer.first_name }}"}
""",
}


def customers(first: int, last: int, joined: date) -> str:
    rows = [f"c{n},Name{n},c{n}@example.com,+4915123456{n:03},{joined} 10:00:00" for n in range(first, last)]
    return "\n".join(["card,first_name,email,phone,joined", *rows, ""])


def consents(first: int, last: int) -> str:
    rows = [f"c{n},email,marketing,{'no' if n % 7 == 0 else 'yes'},2026-02-27 10:00:00" for n in range(first, last)]
    return "\n".join(["card,channel,category,state,changed", *rows, ""])


def receipts(day: date, count: int) -> str:
    rows = [f"{day}-{n},c{n % 20},s1,{day} 10:{n % 60:02}:00,paid,{n}.50" for n in range(count)]
    return "\n".join(["receipt,card,store,time,status,total", *rows, ""])


def run_driver(folder: Path, deadly: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.scenarios.kill_driver", str(folder), str(NIGHT), str(deadly)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop after its first night, with the drops of the second in the inbox."""
    shop = ShopFolder.create(tmp_path_factory.mktemp("killed") / "shop", FILES)
    shop.arrive({"customers_1.csv": customers(1, 30, EVENING), "subscriptions_1.csv": consents(1, 60)})
    shop.night(EVENING)
    shop.arrive({"customers_2.csv": customers(25, 60, NIGHT), "receipts_2.csv": receipts(NIGHT, 50)})
    return shop.folder


@pytest.mark.slow
def test_killed_anywhere_and_run_again(evening: Path, tmp_path: Path) -> None:
    calm = tmp_path / "calm"
    shutil.copytree(evening, calm)
    undisturbed = run_driver(calm, deadly=0)
    statements = int(undisturbed.stdout)
    expected = ShopFolder(calm).tables()
    letters, notes = ShopFolder(calm).letters(), ShopFolder(calm).notes()
    assert len(letters) > 20
    assert len(notes) > 50
    assert statements > 50

    for deadly in sorted(random.Random(statements).sample(range(1, statements + 1), DEATHS)):  # noqa: S311 - moments to die
        folder = tmp_path / f"killed_at_{deadly}"
        shutil.copytree(evening, folder)
        assert run_driver(folder, deadly).returncode == -signal.SIGKILL
        shop = ShopFolder(folder)
        shop.night(NIGHT)
        assert shop.tables() == expected, f"killed at statement {deadly} of {statements}"
        assert shop.letters() == letters
        assert shop.notes() == notes
        with shop.snapshot() as warehouse:
            states = [row[0] for row in warehouse.rows("select state from run order by run_id desc")]
            assert states[0] == "done"
            assert "running" not in states
