"""Messages as lines of JSON on the standard error output, beside what a run says: for trials."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from smc.config.specs.channel import ConsoleRoute
from smc.send.channels.base import Accepted, Outcome, Parcel


class ConsoleChannel:
    """A line is printed whole. Who is killed between printing and settling does not know whether he printed."""

    slots = 1
    idempotent = False
    outward = False

    def __init__(self, _route: ConsoleRoute, _root: Path) -> None:
        """Needs nothing of both."""

    async def send(self, parcel: Parcel) -> Outcome:
        sys.stderr.write(_visible(parcel.data.decode()))
        sys.stderr.flush()
        return Accepted(None)

    async def close(self) -> None:
        """Nothing is held open."""


def _visible(text: str) -> str:
    """JSON whose signs can all be seen: what a terminal would obey is written as JSON writes it in ASCII."""
    return "".join(one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in text)
