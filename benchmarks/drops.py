"""Reading the generated drops as text, for benchmarks that measure the import."""

from __future__ import annotations

from pathlib import Path

TIMEZONE = "America/New_York"


class Drops(dict[str, str]):
    """``{lines}`` as the reading of lines.csv, every cell as text, with the dialect given."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, name: str) -> str:
        columns = ", ".join(f"'{column}': 'varchar'" for column in self.columns(name))
        return (
            f"read_csv('{self._folder / name}.csv', header = true, delim = ',', quote = '\"', escape = '\"', "
            f"auto_detect = false, columns = {{{columns}}})"
        )

    def columns(self, name: str) -> list[str]:
        with (self._folder / f"{name}.csv").open(encoding="utf-8") as file:
            return file.readline().strip().split(",")
