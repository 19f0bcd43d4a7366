"""Imports in a process of its own that dies at the n-th event: ``python import_driver.py FOLDER N BYTES``.

Statements, calls of sources and pieces that are read count alike, in whatever thread. With n = 0 it lives, and prints
how many there were. BYTES limits the size of any file that it writes.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import FieldsSpec, ImportSettings
from smc.import_.run import import_feeds
from smc.warehouse import Warehouse
from tests.import_.conftest import MAPPED
from tests.servers import flaky

ITEMS = ("category", "product", "customer", "subscription", "receipt", "receipt_line")


class Counter:
    def __init__(self, deadly: int) -> None:
        self.deadly = deadly
        self.seen = 0
        self.lock = threading.Lock()

    def event(self, _: str = "") -> None:
        with self.lock:
            self.seen += 1
            if self.seen == self.deadly:
                os.kill(os.getpid(), signal.SIGKILL)


def feeds(root: Path) -> dict[str, FeedSpec]:
    """Far ones that are downloaded, a near one, a queue, and one with a mark; what is loaded is moved or deleted."""
    far = {"host": "h", "path": str(root / "far"), "user": "u", "password": "p"}
    queue = {"host": "h", "queue": str(root / "queue"), "user": "u", "password": "p"}
    rows = {"host": "h", "database": "shop", "user": str(root / "rows"), "query": "select 1", "mark": "id"}
    done = {"action": "move", "folder": "done"}
    sources: dict[str, dict[str, Any]] = {
        "category": {"source": {"local": {"path": "near"}}, "after": {"action": "delete"}},
        "product": {"source": {"sftp": far}, "after": done},
        "customer": {"source": {"local": {"path": "near"}}, "after": done},
        "subscription": {"source": {"rabbitmq": queue}, "format": {"kind": "csv"}},
        "receipt": {"source": {"ftp": far}, "after": done, "ready": {"marker": "{name}.ok"}},
        "receipt_line": {"source": {"postgresql": rows}, "format": {"kind": "csv"}},
    }
    return {
        item: FeedSpec.model_validate(
            {
                "title": item, "object": item, "files": f"{item}-*", "reject_limit": "100%",
                "fields": {name: name for name in MAPPED[item]}, **sources[item],
            }
        )
        for item in ITEMS
    }  # fmt: skip


def main(root: Path, deadly: int, most: int) -> None:
    count = Counter(deadly)
    execute = Warehouse._execute  # noqa: SLF001 - the one door of all statements

    def counting(self: Warehouse, statement: Any, params: Any) -> Any:
        count.event()
        return execute(self, statement, params)

    Warehouse._execute = counting  # type: ignore[method-assign]  # noqa: SLF001 - see above
    if not (root / "plugins").exists():
        flaky.install(root / "plugins")
    else:
        sys.path.append(str(root / "plugins"))
    for name in ("far", "queue", "rows"):
        flaky.plan(root / name).on = count.event
    if most:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    with Warehouse.open(root / "w.duckdb", timezone="America/New_York", memory="500MB", threads=1) as warehouse:
        result = import_feeds(
            warehouse, feeds(root), fields=FieldsSpec(), settings=ImportSettings(pause=0), country="US", root=root,
            landing=root / "landing", as_of=date(2017, 12, 29), now=datetime.now(UTC), progress=lambda _: None,
        )  # fmt: skip
    print(count.seen, len(result.failures), *result.failures, sep="\n")  # noqa: T201 - its answer


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
