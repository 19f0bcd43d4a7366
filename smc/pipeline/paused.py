"""Which mailings stand still now: a sender that works for hours asks again and again."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from smc.config.document import read
from smc.config.specs.campaign import MailingSpec
from smc.project import Project


class Paused:
    """Ids of mailings of which nothing leaves: their files do not say active, or are gone.

    A file is read again when it has changed; one that cannot be read says what it said before. ``queued``: ids that
    have messages in the outbox; of one that stands in no file nothing leaves either, until the hand-over cancels it.
    """

    def __init__(self, project: Project, queued: Collection[str] = ()) -> None:
        self._folder = project.path("mailings")
        self._mailings = project.mailings
        self._seen: dict[Path, tuple[int, int]] = {}
        self._says: dict[Path, tuple[str, bool]] = {}
        self._ever = {*project.mailings, *(set(queued) - project.programmes.keys())}

    def __call__(self) -> frozenset[str]:
        """Cheap where nothing has changed."""
        files = sorted(self._folder.glob("*.yaml")) if self._folder.is_dir() else []
        for file in files:
            self._look(file)
        present = [self._says[file] for file in files if file in self._says]
        self._ever.update(name for name, _ in present)
        held = {name for name, active in present if not active}
        return frozenset(held | (self._ever - {name for name, _ in present}))

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
            known = self._mailings.get(file.stem)
            self._says.setdefault(file, (file.stem, known is not None and known.active))
        else:
            self._says[file] = (document.spec.id or file.stem, document.spec.active)
            self._seen[file] = mark
