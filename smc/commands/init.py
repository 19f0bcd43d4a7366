"""smc init: a small project that works, to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smc import console
from smc.errors import UsageError, writing


def init(
    folder: Annotated[Path, typer.Argument(help="Folder of the new project; it must be empty or not exist.")],
) -> None:
    """Write a small project: feeds, two segments, a campaign with its letter, and the schemas for your editor."""
    import shutil

    from smc.demo import example_folder

    with writing(folder, "the project", UsageError, remedy="Name a new folder in a place that you may write to."):
        if folder.exists() and any(folder.iterdir()):
            raise UsageError(f"{folder} is not empty", remedy="Name a new folder; nothing is ever overwritten.")
        shutil.copytree(Path(__file__).parent.parent / "starter", folder, dirs_exist_ok=True)
        shutil.copytree(example_folder("schemas"), folder / "schemas")
        _write_secret(folder / "secrets" / "link_secret")
    console.line(f"A project is in {folder}. Next: smc validate --project {folder}")


def _write_secret(path: Path) -> None:
    """A fresh secret for signed links, readable by its owner only and kept out of git."""
    import secrets

    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)
    path.write_text(secrets.token_urlsafe(32) + "\n", encoding="utf-8")
    (path.parent / ".gitignore").write_text("*\n", encoding="utf-8")
