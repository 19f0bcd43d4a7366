"""Two runs at once, as real processes: one works, the others leave with exit code 3 and touch nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.scenarios.harness import ShopFolder

PATIENCE_S = 60


def smc(folder: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "smc", *words, "--project", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=PATIENCE_S)
    return process.returncode, said


def hold(folder: Path, process: subprocess.Popen[str]) -> None:
    """Wait until the process has the lock, and stop it in its tracks."""
    note, end = folder / "data" / "warehouse.lock", time.monotonic() + PATIENCE_S
    while not (note.exists() and note.read_text(encoding="utf-8")):
        assert process.poll() is None, ended(process)
        assert time.monotonic() < end
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGSTOP)


@pytest.fixture
def shop(tmp_path: Path) -> ShopFolder:
    made = ShopFolder.create(tmp_path / "shop", {})
    joined = date.today() - timedelta(days=1)  # noqa: DTZ011 - as the command line does, the test lives today
    rows = [f"c{n},A,B,c{n}@example.com,,{joined} 10:00:00" for n in range(5)]
    consents = [f"c{n},email,marketing,yes,{joined} 10:00:00" for n in range(5)]
    made.arrive({
        "customers_1.csv": "\n".join(["card,first_name,last_name,email,born,joined", *rows, ""]),
        "subscriptions_1.csv": "\n".join(["card,channel,category,state,changed", *consents, ""]),
    })  # fmt: skip
    return made


def test_one_works_and_the_others_leave_with_3(shop: ShopFolder) -> None:
    first = smc(shop.folder, "run", "nightly")
    hold(shop.folder, first)
    try:
        for words in (("run", "nightly"), ("run", "tick"), ("import",)):
            code, said = ended(smc(shop.folder, *words))
            assert (code, f"'run nightly', pid {first.pid}" in said) == (3, True), (words, said)
    finally:
        os.kill(first.pid, signal.SIGCONT)
    assert ended(first)[0] == 0
    with shop.snapshot() as warehouse:
        assert warehouse.rows("select command, state from run") == [("run nightly", "done")]
    assert ended(smc(shop.folder, "run", "tick"))[0] == 0


def test_both_at_once_do_the_work_of_one(shop: ShopFolder) -> None:
    codes = sorted(ended(one)[0] for one in [smc(shop.folder, "run", "nightly") for _ in range(3)])
    assert codes[0] == 0
    assert set(codes) <= {0, 3}
    with shop.snapshot() as warehouse:
        keys = [key for (key,) in warehouse.rows("select message_key from message")]
    assert len(keys) == len(set(keys))
