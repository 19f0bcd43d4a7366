"""When a run of the campaign stage happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Run:
    """When a run happens: its day, its instant (UTC), and the project's zone. ``left``: who is due at this very instant
    is left to a later run."""

    as_of: date
    now: datetime
    zone: str
    left: datetime | None = None
