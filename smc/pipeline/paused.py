"""What stands still now, campaigns and mailings: a sender that works for hours asks again and again."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from smc.config.document import read
from smc.config.specs.campaign import CampaignSpec, MailingSpec
from smc.project import Project


class Paused:
    """Ids of campaigns and mailings of which nothing leaves: their files do not say active, or are gone.

    A file is read again when it has changed; one that cannot be read says what it said before. ``queued``: ids that
    have messages in the outbox; of one that stands in no file nothing leaves either, until the hand-over cancels it.
    """

    def __init__(self, project: Project, queued: Collection[str] = ()) -> None:
        self._folders: dict[Path, type[CampaignSpec | MailingSpec]] = {
            project.path("campaigns"): CampaignSpec, project.path("mailings"): MailingSpec,
        }  # fmt: skip
        self._known = project.programmes
        self._seen: dict[Path, tuple[int, int]] = {}
        self._says: dict[Path, tuple[str, bool]] = {}
        self._ever = {*project.mailings, *(set(queued) - project.programmes.keys())}

    def __call__(self) -> frozenset[str]:
        """Cheap where nothing has changed."""
        present = [self._says[file] for file in self._files() if file in self._says]
        self._ever.update(name for name, _ in present)
        held = {name for name, active in present if not active}
        return frozenset(held | (self._ever - {name for name, _ in present}))

    def _files(self) -> Iterator[Path]:
        """Those that are there, looked at."""
        for folder, spec in self._folders.items():
            for file in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
                self._look(file, spec)
                yield file

    def _look(self, file: Path, spec: type[CampaignSpec | MailingSpec]) -> None:
        try:
            state = file.stat()
        except OSError:  # gone this moment
            return
        mark = (state.st_mtime_ns, state.st_size)
        if self._seen.get(file) == mark:
            return
        document, _ = read(file, spec)
        if document is None:
            known = self._known.get(file.stem)
            self._says.setdefault(file, (file.stem, known is not None and known.active))
        else:
            self._says[file] = (document.spec.id or file.stem, document.spec.active)
            self._seen[file] = mark
