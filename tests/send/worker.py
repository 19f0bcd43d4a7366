"""A sender process for the tests that kill it: ``python worker.py OUTBOX PORT FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from smc.send.deliver import deliver
from smc.send.outbox import Outbox
from tests.send.shop import NOW, file_channel, note_channels, settings, smtp_channel


def main() -> None:
    path, port, folder = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    channels = smtp_channel(port, connections=3) if port > 0 else note_channels() if port < 0 else file_channel()
    with Outbox.open(path) as outbox:
        deliver(outbox, channels=channels, settings=settings(), root=folder, now=lambda: NOW, progress=lambda _: None)


main()
