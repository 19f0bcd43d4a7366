"""YAML text → data with positions."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from smc.config.layout import Layout
from smc.config.problem import Problem
from smc.config.secret import Secrets
from smc.config.yaml import MOST_VALUES, parse_yaml, read_yaml, resolve

FILE = Path("some.yaml")


def parse(text: str) -> tuple[Layout, Any, list[Problem]]:
    return parse_yaml(text, FILE, Secrets(Path(), {}))


def only_problem(text: str) -> Problem:
    problems = parse(text)[2]
    assert len(problems) == 1
    return problems[0]


SCALARS: list[tuple[str, object]] = [
    ("true", True), ("True", True), ("FALSE", False), ("null", None), ("~", None), ("", None),
    ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"), ("NO", "NO"),
    ("0", 0), ("7", 7), ("-7", -7), ("123456789012345678", 123456789012345678),
    ("00123", "00123"), ("010", "010"), ("0o14", "0o14"), ("0x1F", "0x1F"), ("1_000", "1_000"), ("+7900", "+7900"),
    ("1e5", "1e5"), ("1.5e3", "1.5e3"), (".5", ".5"), ("5.", "5."), (".inf", ".inf"), (".nan", ".nan"),
    ("0.1", Decimal("0.1")), ("-2.50", Decimal("-2.50")), ("4596039.58", Decimal("4596039.58")),
    ("12:30", "12:30"), ("1:20:30", "1:20:30"), ("2026-01-31", "2026-01-31"), ("2026-01-31 10:00", "2026-01-31 10:00"),
    ("'7'", "7"), ('"true"', "true"), ("'~'", "~"), ("=", "="), ("<<", "<<"),
    ("1234567890123456789012345678901234567890", "1234567890123456789012345678901234567890"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), SCALARS)
def test_scalars_follow_yaml_1_2_and_ids_stay_text(text: str, value: object) -> None:
    _, data, problems = parse(f"key: {text}\n")
    assert problems == []
    assert data == {"key": value}
    assert type(data["key"]) is type(value)


@settings(deadline=None)
@given(st.text(alphabet="0123456789", min_size=1, max_size=30))
def test_digits_are_a_number_only_when_nothing_is_lost(digits: str) -> None:
    value = resolve(digits)
    assert str(value) == digits


@pytest.mark.parametrize("key", ["on", "no", "1", "010", "true", "null", "12:30"])
def test_keys_are_always_text(key: str) -> None:
    assert parse(f"{key}: 1\n")[1] == {key: 1}


PLAIN = st.text(alphabet=st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=12)
KEYS = st.text(alphabet="abcdefghijklmnopqrstuvwxyzäß_0123456789 ", min_size=1, max_size=8)
TREES = st.recursive(
    PLAIN | st.integers(-1000, 1000) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


def frozen(value: Any) -> Any:
    match value:
        case list():
            return tuple(frozen(item) for item in value)
        case dict():
            return {key: frozen(item) for key, item in value.items()}
    return value


@settings(deadline=None)
@given(st.dictionaries(KEYS, TREES, min_size=1, max_size=5), st.sampled_from([True, False, None]))
def test_every_written_value_comes_back_with_the_place_where_it_stands(tree: dict[str, Any], flow: bool | None) -> None:
    text = yaml.safe_dump(tree, allow_unicode=True, default_flow_style=flow, width=10_000).replace("${", "$(")
    layout, data, problems = parse(text)
    assert problems == []
    wanted = yaml.safe_load(text)
    assert set(layout.items) == set(paths(data, ()))
    if data == frozen(wanted):  # what YAML 1.1 reads otherwise (dates, 1_0) is the table's business
        lines = text.splitlines()
        for path, item in layout.items.items():
            at = lines[item.line - 1][item.column - 1 :] if item.line <= len(lines) else ""
            if item.kind in {"number", "boolean"}:
                assert at.startswith(item.raw)
            if item.key is not None and isinstance(path[-1], str):
                begin = lines[item.key[0] - 1][item.key[1] - 1 :]
                assert begin.lstrip("?'\" ").startswith(path[-1].strip()[:1])


def paths(value: Any, path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, tuple) else ()
    return [path, *(way for key, item in inner for way in paths(item, (*path, key)))]


def test_places_point_at_scalars_and_at_the_keys_of_mappings_and_lists() -> None:
    layout, _, _ = parse("top:\n  one: 1\n  two:\n    - {a: 2}\n    - b: 3\n")
    found = {path: (layout.place(path).line, layout.place(path).column) for path in layout.items}
    assert found[("top",)] == (1, 1)
    assert found[("top", "one")] == (2, 8)
    assert found[("top", "two")] == (3, 3)
    assert found[("top", "two", 0)] == (4, 7)
    assert found[("top", "two", 0, "a")] == (4, 11)
    assert found[("top", "two", 1)] == (5, 7)
    assert layout.key_place(("top", "one")).column == 3
    assert layout.place(("top", "two", 7, "x")) == layout.place(("top", "two"))
    assert layout.place(("nothing",)) == layout.place(())


def test_a_repeated_key_is_named_with_its_first_line_and_the_first_value_counts() -> None:
    layout, data, problems = parse("a: 1\nb: {c: 2}\na: {d: 3}\nb: 4\n")
    assert data == {"a": 1, "b": {"c": 2}}
    assert [(str(problem.place), problem.message) for problem in problems] == [
        ("some.yaml:3:1", "The key 'a' stands here a second time; the first is in line 1."),
        ("some.yaml:4:1", "The key 'b' stands here a second time; the first is in line 2."),
    ]
    assert ("a", "d") not in layout.items


def test_aliases_are_followed_and_stand_where_they_are_used() -> None:
    layout, data, problems = parse("one: &x {a: 1}\ntwo: *x\nthree: *x\n")
    assert problems == []
    assert data["two"] == data["three"] == {"a": 1}
    assert layout.place(("three",)).line == 3
    assert layout.place(("three", "a")).line == 1


def test_billions_of_laughs_stop_at_the_limit() -> None:
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))
    problem = only_problem(f"a0: &a0 [lol]\n{levels}\n")
    assert str(MOST_VALUES) in problem.message


def test_deep_nesting_is_refused_without_falling_over() -> None:
    assert "nested deeper" in only_problem("a: " + "[" * 5_000 + "]" * 5_000).message


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("a: *x\n", 1, 4, "no anchor"),
        ("a: &x [*x]\n", 1, 8, "contains itself"),
        ("a: !!python/object/apply:os.system [id]\n", 1, 4, "tag"),
        ("a: !secret x\n", 1, 4, "tag"),
        ("? [a]\n: b\n", 1, 3, "key is a text"),
        ("a: 1\n---\nb: 2\n", 2, 1, "second document"),
        ("a:\n\tb: 1\n", 2, 1, "tab"),
        ("a:\n  b: 1\n\tc: 1\n", 3, 1, "tab"),
        ("a: b: c\n", 1, 5, "':' cannot stand here"),
        ("a: 'x\nb: 1\n", 1, 4, "not closed"),
        ("a: [1, 2\nb: 3\n", 1, 4, "not closed"),
        ("a:\n  - 1\n b: 2\n", 3, 2, "does not fit"),
        ("a: @x\n", 1, 4, "cannot begin"),
        ('a: "\\q"\n', 1, 5, "escape"),
        ("a: x\nb: \x07\n", 2, 4, "control character"),
        ("", 0, 0, "empty"),
        ("# only a comment\n", 0, 0, "empty"),
        ("---\n", 0, 0, "empty"),
    ],
)
def test_broken_yaml_is_told_in_plain_words_at_its_place(text: str, line: int, column: int, says: str) -> None:
    problem = only_problem(text)
    assert (problem.place.line, problem.place.column) == (line, column)
    assert says in problem.message
    assert problem.remedy


@settings(deadline=None)
@given(st.text(alphabet="ab:-[]{}&*!|>'\"%@`#,? \n\t0~.<", max_size=40))
def test_any_text_gives_data_or_a_problem_within_the_file(text: str) -> None:
    _, data, problems = parse(text)
    assert data is not None or problems
    for problem in problems:
        assert 0 <= problem.place.line <= text.count("\n") + 2
        str(problem)


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_give_data_or_a_problem(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "bytes.yaml"
    file.write_bytes(data)
    _, found, problems = read_yaml(file, Secrets(Path(), {}))
    assert found is not None or problems


@pytest.mark.parametrize(
    ("data", "place", "says"),
    [
        (b"title: caf\xe9\n", ":1:11", "not UTF-8"),
        ("title: x\nname: ä\nb: ".encode() + b"\xff\n", ":3:4", "not UTF-8"),
        ("a: 1".encode("utf-16"), "", "UTF-16"),
        (b"PAR1\0\0\0", "", "not text"),
        (b"a: " + b"x" * 1_000_001, "", "larger than 1 MB"),
    ],
)
def test_files_that_are_no_text(tmp_path: Path, data: bytes, place: str, says: str) -> None:
    file = tmp_path / "some.yaml"
    file.write_bytes(data)
    _, found, problems = read_yaml(file, Secrets(tmp_path, {}))
    assert found is None
    assert str(problems[0].place) == f"{file}{place}"
    assert says in problems[0].message


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "some.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    layout, data, problems = read_yaml(file, Secrets(tmp_path, {}))
    assert (data, problems) == ({"a": 1, "b": 2}, [])
    assert layout.key_place(("b",)).line == 2


def test_unreadable_files(tmp_path: Path) -> None:
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "link.yaml").symlink_to("nowhere")
    for name in ("folder.yaml", "link.yaml", "absent.yaml"):
        _, data, problems = read_yaml(tmp_path / name, Secrets(tmp_path, {}))
        assert data is None
        assert "cannot be read" in problems[0].message


def test_long_lines_and_tabs_do_not_spoil_the_snippet() -> None:
    layout, _, _ = parse("a: 'b\tc'\nlong: '" + "x" * 400 + "'\n")
    assert layout.at(1, 4).text == "a: 'b→c'"
    assert len(layout.at(2, 7).text) == 150
    assert layout.at(2, 300).text == ""
