"""``smc schema``: JSON Schema for editors, and the line that connects a file with its schema."""

from __future__ import annotations

from pathlib import Path

from smc.config.schema import modeline, schemas
from smc.errors import UsageError


def print_schema(name: str) -> str:
    """The text of one schema by its name, such as ``campaign``; raises UsageError for an unknown name."""
    found = schemas()
    text = found.get(f"{name.removesuffix('.json')}.json")
    if text is None:
        known = ", ".join(file.removesuffix(".json") for file in found)
        raise UsageError(f"there is no schema '{name}'", remedy=f"Known: {known}.")
    return text


def write_schemas(folder: Path) -> list[Path]:
    """Write all schemas into a folder; files that are already so are not touched. Returns every schema's path."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in schemas().items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def first_line(file: Path, schemas_folder: Path) -> str:
    """The comment for the top of a file; raises UsageError for a file that smc does not read."""
    try:
        return modeline(file, schemas_folder)
    except LookupError as error:
        raise UsageError(str(error), remedy="Name a file such as segments/all.yaml.") from None
