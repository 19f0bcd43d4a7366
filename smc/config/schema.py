"""JSON Schema of every kind of file, for editors: generated from the specs, kept in ``schemas/``.

Draft 7, because every editor knows it. A schema says the form; names (segments, fields, metrics) are checked by
``smc validate``.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from smc.config.kinds import KINDS, Kind
from smc.errors import UsageError

DIALECT = "http://json-schema.org/draft-07/schema#"
_REFERENCE = r"\$\{(env|file):[^}]+\}"


class _Editor(GenerateJsonSchema):
    """What may be written, not what it becomes: numbers are numbers, secrets are references."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        found: JsonSchemaValue = {"type": "number"}
        self.update_with_validations(found, schema, self.ValidationsMapping.numeric)
        return {key: int(value) if key != "type" else value for key, value in found.items()}

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """A key without a value is a mistake more often than a wish, so editors are not told of it."""
        return self.generate_inner(schema["schema"])


def schemas() -> dict[str, str]:
    """Text of every schema by its file name."""
    return {schema_name(kind): json.dumps(_schema(kind), indent=2, ensure_ascii=False) + "\n" for kind in KINDS}


def schema_name(kind: Kind) -> str:
    return f"{kind.name}.json"


def modeline(file: Path, schemas_folder: Path) -> str:
    """The first line of a project's file that tells editors its schema; ``file`` lies in a project's usual place."""
    kind = kind_of(file)
    where = Path(os.path.relpath(schemas_folder, file.parent)).as_posix()
    return f"# yaml-language-server: $schema={where}/{schema_name(kind)}"


def kind_of(file: Path) -> Kind:
    """The kind by the place of a file; raises LookupError for a file that smc does not read."""
    for kind in sorted(KINDS, key=lambda kind: -kind.pattern.count("/")):
        if file.match(kind.pattern):
            return kind
    raise LookupError(f"{file} is no file of a project")


def _schema(kind: Kind) -> dict[str, Any]:
    made = kind.spec.model_json_schema(by_alias=True, schema_generator=_Editor)
    found: dict[str, Any] = _cleaned(made)
    return {"$schema": DIALECT, "title": f"smc: {kind.pattern}"} | found


def _cleaned(node: Any, *, names: bool = False) -> Any:
    """Without made-up titles; in the words of draft 7. ``names``: the keys are names, not words of JSON Schema."""
    match node:
        case dict() if names:
            return {key: _cleaned(value) for key, value in node.items()}
        case dict():
            return _words(node)
        case list():
            return [_cleaned(item) for item in node]
    return node


def _alternatives(members: list[dict[str, Any]]) -> dict[str, Any]:
    """Alternatives; plain types are written as one list of types."""
    types = [member["type"] for member in members if set(member) == {"type"}]
    rest = [member for member in members if set(member) != {"type"} and not _is_date(member)]
    if rest or "string" not in types:
        return {"anyOf": members}
    return {"type": [name for name in types if name != "integer" or "number" not in types]}


def _is_date(member: dict[str, Any]) -> bool:
    return member == {"format": "date", "type": "string"}


def _words(node: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in node.items():
        made |= _word(key, value)
    if "patternProperties" in made:
        made["additionalProperties"] = False
    if made.get("format") == "password":
        return {"type": "string", "pattern": _REFERENCE, "description": "A reference: ${env:NAME} or ${file:PATH}."}
    if "$ref" in made and len(made) > 1:  # draft 7 ignores what stands beside a reference
        return {"allOf": [{"$ref": made.pop("$ref")}], **made}
    return made


def _word(key: str, value: Any) -> dict[str, Any]:
    """One word of JSON Schema in our form, or nothing when editors have no use for it."""
    match key:
        case "title" | "ge" | "le":  # bounds of values that may also be written as text, such as '30 days'
            return {}
        case "default" | "format" if value is None or value == "path" or isinstance(value, (dict, list)):
            return {}
        case "anyOf":
            return _alternatives(_cleaned(value))
        case "$ref":
            return {key: value.replace("#/$defs/", "#/definitions/")}
        case "description":
            return {key: re.sub(r"\s*\n\s*", " ", value.replace("``", "`"))}
    return _nested(key, value)


def _nested(key: str, value: Any) -> dict[str, Any]:
    match key:
        case "$defs":
            return {"definitions": _cleaned(value, names=True)}
        case "properties":
            return {key: _cleaned(value, names=True)}
        case "prefixItems":
            return {"items": _cleaned(value)}
        case "const" | "enum":
            return {key: value}
    return {key: _cleaned(value)}


def schema_text(name: str) -> str:
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
