"""Small changes to a YAML file that keep the rest of it as somebody wrote it: comments, order, quotes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from smc.config.layout import Keys, Layout

_SCALAR = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^\s,}\]#'\"](?:[^,}\]\r\n#]*[^\s,}\]\r\n#])?")


def with_values(text: str, layout: Layout, values: Mapping[Keys, str]) -> str:
    """The text with other single values. A key of the top that is not there is put behind the title.

    ``values`` need no quotes. Who calls reads the result again: what is written unusually is not understood.
    """
    lines = text.splitlines(keepends=True)
    known = [(layout.items[path], value) for path, value in values.items() if path in layout.items]
    for item, value in sorted(known, key=lambda one: (one[0].line, one[0].column), reverse=True):
        line, at = lines[item.line - 1], item.column - 1
        if found := _SCALAR.match(line, at):
            lines[item.line - 1] = line[:at] + value + line[found.end() :]
    added = [f"{path[0]}: {value}\n" for path, value in values.items() if path not in layout.items]
    title = layout.items.get(("title",))
    behind = title.line if title else len(lines)
    return "".join([*lines[:behind], *added, *lines[behind:]])


def without_key(text: str, key: str) -> str:
    """The text without a key of the top that has a line of its own."""
    return re.sub(rf"^{key}:.*\n", "", text, count=1, flags=re.MULTILINE)
