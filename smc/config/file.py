"""Reading a text file of a project, or saying why it cannot be read."""

from __future__ import annotations

from pathlib import Path

from smc.config.layout import Layout
from smc.config.problem import Place, Problem

LARGEST_FILE = 1_000_000


class StopError(Exception):
    """A problem after which the rest of the file cannot be read."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read_text(file: Path) -> str:
    """The text without a byte order mark; raises StopError."""
    try:
        if not file.is_file():
            raise OSError(0, "it is not a file" if file.exists() else "it does not exist")  # noqa: TRY301 - one report
        if file.stat().st_size > LARGEST_FILE:
            raise StopError(Problem(Place(file), "The file is larger than 1 MB.", "Split it into several files."))
        data = file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise StopError(
            Problem(Place(file), f"The file cannot be read: {reason}.", "Check that it is there and its permissions.")
        ) from None
    return decoded(data, file)


def decoded(data: bytes, file: Path) -> str:
    """Bytes as text without a byte order mark; raises StopError. ``file`` only names them."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise StopError(Problem(Place(file), "The file is UTF-16, not UTF-8.", "Save it as UTF-8."))
    if b"\0" in data:
        raise StopError(Problem(Place(file), "The file is not text.", "Write text here, or delete the file."))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8-sig", "replace")
        line, column = good.count("\n") + 1, len(good) - good.rfind("\n")
        shown = Layout(file, tuple(data.decode("utf-8-sig", "replace").split("\n"))).at(line, column)
        raise StopError(Problem(shown, "The file is not UTF-8 from here on.", "Save it as UTF-8.")) from None
