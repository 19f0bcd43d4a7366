"""The start of smc: what makes the first tenths of a second short, then the command line."""

from __future__ import annotations

import gc
import os

YOUNG_OBJECTS = 100_000
"""Objects that may be made before the collector looks at them; imports make tens of thousands that all stay."""


def main() -> None:
    """``smc`` and ``python -m smc``."""
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # they are looked for in every installed package
    from smc.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
