"""Two runs at once, as real processes: one works, the others leave with exit code 3 and touch nothing."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.scenarios.harness import ShopFolder

PATIENCE_S = 60
JOINED = date.today() - timedelta(days=1)  # noqa: DTZ011 - as the command line does, the tests live today


def smc(folder: Path, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "smc", *words, "--project", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=PATIENCE_S)
    return process.returncode, said


def holder(folder: Path) -> int:
    """The process that has the lock, as soon as one has it."""
    note, end = folder / "data" / "warehouse.lock", time.monotonic() + PATIENCE_S
    while not (note.exists() and (found := re.search(r"\"pid\": (\d+)", note.read_text(encoding="utf-8")))):
        assert time.monotonic() < end
        time.sleep(0.002)
    return int(found[1])


@pytest.fixture
def shop(tmp_path: Path) -> ShopFolder:
    made = ShopFolder.create(tmp_path / "shop", {})
    rows = [f"c{n},A,B,c{n}@example.com,,{JOINED} 10:00:00" for n in range(5)]
    consents = [f"c{n},email,marketing,yes,{JOINED} 10:00:00" for n in range(5)]
    made.arrive({
        "customers_1.csv": "\n".join(["card,first_name,last_name,email,born,joined", *rows, ""]),
        "subscriptions_1.csv": "\n".join(["card,channel,category,state,changed", *consents, ""]),
    })  # fmt: skip
    return made


@pytest.mark.slow
def test_one_works_and_the_others_leave_with_3(shop: ShopFolder) -> None:
    first = smc(shop.folder, "run", "nightly")
    assert holder(shop.folder) == first.pid
    os.kill(first.pid, signal.SIGSTOP)
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


@pytest.mark.slow
def test_three_at_once_do_the_work_of_one(shop: ShopFolder) -> None:
    """Whoever has the lock first stands still until the others have left: they are certainly at work at once."""
    runs = {one.pid: one for one in [smc(shop.folder, "run", "nightly", "--as-of", str(JOINED)) for _ in range(3)]}
    first = runs.pop(holder(shop.folder))
    os.kill(first.pid, signal.SIGSTOP)
    try:
        for code, said in map(ended, runs.values()):
            assert (code, f"'run nightly', pid {first.pid}" in said) == (3, True), said
    finally:
        os.kill(first.pid, signal.SIGCONT)
    assert ended(first)[0] == 0
    with shop.snapshot() as warehouse:
        assert warehouse.rows("select command, state from run") == [("run nightly", "done")]
        keys = [key for (key,) in warehouse.rows("select message_key from message")]
    assert len(keys) == len(set(keys)) == 5
