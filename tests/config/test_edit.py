"""Changes to YAML that leave the rest as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from smc.config.edit import with_values, without_key
from smc.config.secret import Secrets
from smc.config.yaml import parse_yaml


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: old", "a: new"),
        ("a: 'o''ld'   # why", "a: new   # why"),
        ('a: "o\\"l#d" # why', "a: new # why"),
        ("a:   old  ", "a:   new  "),
        ("{b: 1, a: old, c: 2}", "{b: 1, a: new, c: 2}"),
        ("b: 1\na: 2026-01-01\nc: x", "b: 1\na: new\nc: x"),
        ("a: old words here # why\r\nb: 1\r\n", "a: new # why\r\nb: 1\r\n"),
    ],
)
def test_a_value_is_replaced_where_it_stands(text: str, expected: str) -> None:
    layout, _, problems = parse_yaml(text, Path("m.yaml"), Secrets(Path()))
    assert problems == []
    assert with_values(text, layout, {("a",): "new"}) == expected


def test_values_below_and_keys_that_are_not_there() -> None:
    text = "# first\ntitle: T\nb: {salt: x, n: [1, {salt: y}]}\nid: gone # why\n"
    layout, _, _ = parse_yaml(text, Path("m.yaml"), Secrets(Path()))
    found = with_values(text, layout, {("b", "salt"): "p", ("b", "n", 1, "salt"): "q", ("status",): "draft"})
    assert without_key(found, "id") == "# first\ntitle: T\nstatus: draft\nb: {salt: p, n: [1, {salt: q}]}\n"
