"""``python -m smc``."""

from smc.cli import main

main()
