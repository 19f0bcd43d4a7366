"""What reaches a terminal: text, and nothing that it obeys."""

from __future__ import annotations

import json
import os
import pty
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc import console

EVIL = "a\x1b]0;owned\x07\x1b[2J\x00\x7f\x9b31m\u202egpj.exe\u2066\u2028\r\x85\udcff[/srv/ftp][red]:cat:"
SHOWN = "a␛]0;owned␇␛[2J␀␡\\u009b31m\\u202egpj.exe\\u2066\\u2028␍\\u0085\\udcff[/srv/ftp][red]:cat:"
OBEYED = {*map(chr, range(32)), *map(chr, range(0x7F, 0xA0)), *"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e"}


def test_signs_that_a_terminal_obeys_are_shown_as_others() -> None:
    assert console.visible(EVIL) == SHOWN
    assert console.visible("Zoë Анна 安娜 “x” 👩‍💻\n\tb", keep="\n\t") == "Zoë Анна 安娜 “x” 👩‍💻\n\tb"
    assert console.visible("a\n\tb") == "a␊␉b"


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(text: str) -> None:
    shown = console.visible(text)
    assert not set(shown) & OBEYED
    shown.encode()


def test_whatever_is_printed_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    console.table([{"id": EVIL, EVIL: 1}], title=EVIL)
    console.table([], title=EVIL)
    console.card({"id": EVIL, EVIL: 1}, title=EVIL)
    console.line(EVIL)
    console.note(EVIL)
    with console.progress() as say:
        say(EVIL)
    said = "".join(capsys.readouterr())
    assert not set(said) & (OBEYED - {"\n"})
    assert said.count(SHOWN) == 10


@pytest.mark.parametrize("as_rows", [True, False])
def test_json_holds_every_sign_and_shows_none(capsys: pytest.CaptureFixture[str], as_rows: bool) -> None:
    row = {"id": EVIL, "name": "Анна"}
    if as_rows:
        console.table([row], as_json=True)
    else:
        console.card(row, as_json=True)
    said = capsys.readouterr().out
    assert not set(said) & (OBEYED - {"\n"})
    assert "Анна" in said
    assert json.loads(said) == ([row] if as_rows else row)


def test_words_of_a_server_are_no_markup_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "300")
        with console.progress() as say:
            say(f"550 no such folder [/srv/ftp] {EVIL}", 0.5)
    said = b""
    with suppress(OSError):  # the end of a terminal
        while more := os.read(ours, 100_000):
            said += more
    os.close(ours)
    assert "550 no such folder [/srv/ftp] " + SHOWN in said.decode()


def test_only_the_console_prints() -> None:
    """One module sees to it that nothing foreign reaches the terminal as it is, and one channel for itself."""
    found = [
        f"{path}:{number}"
        for path in Path(console.__file__).parent.rglob("*.py")
        if path not in {Path(console.__file__), Path(console.__file__).parent / "send/channels/console.py"}
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(word in text for word in (" print(", "typer.echo", "click.echo", "sys.stdout", "stderr.write"))
    ]
    assert not found
