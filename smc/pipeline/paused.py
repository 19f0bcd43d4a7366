"""Which mailings are paused now: a sender that works for hours asks again and again."""

from __future__ import annotations

from pathlib import Path

from smc.config.document import read
from smc.config.specs.campaign import MailingSpec
from smc.project import Project


class Paused:
    """Ids of the mailings whose files say so. A file is read again when it has changed; one that cannot be read says
    what it said before."""

    def __init__(self, project: Project) -> None:
        self._folder = project.path("mailings")
        self._seen: dict[Path, tuple[int, int]] = {}
        self._paused: dict[Path, str | None] = {}
        self._known = project.paused

    def __call__(self) -> frozenset[str]:
        """Cheap where nothing has changed."""
        files = sorted(self._folder.glob("*.yaml")) if self._folder.is_dir() else []
        for file in files:
            self._look(file)
        return frozenset(name for file in files if (name := self._paused.get(file)))

    def _look(self, file: Path) -> None:
        try:
            state = file.stat()
        except OSError:  # gone this moment
            return
        mark = (state.st_mtime_ns, state.st_size)
        if self._seen.get(file) == mark:
            return
        document, _ = read(file, MailingSpec)
        if document is None:
            self._paused.setdefault(file, file.stem if file.stem in self._known else None)
        else:
            paused = document.spec.status == "paused"
            self._paused[file] = (document.spec.id or file.stem) if paused else None
            self._seen[file] = mark
