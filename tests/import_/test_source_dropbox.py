"""A folder of a Dropbox account, against a local copy of the documented API."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from smc.config.specs.source import DropboxPlace
from smc.errors import FeedError, FileChangedError, SourceDownError
from smc.import_.sources.source import Source
from tests.import_.source_contract import DATA, DELETE, MOVE, Make, SourceContract, refused, taken
from tests.servers.dropbox import APP_SECRET, FOLDER, REFRESH, DropboxServer

TOKENS = ("sl.first", "sl.second", "sl.third")


@pytest.fixture
def server(dropbox_server: DropboxServer) -> DropboxServer:
    return dropbox_server


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    from smc.import_.sources.dropbox import DropboxSource

    made: list[Source] = []

    def one(place: dict[str, Any]) -> Source:
        made.append(DropboxSource(DropboxPlace.model_validate(place), tmp_path))
        return made[-1]

    yield one
    for source in made:
        source.close()


class TestDropbox(SourceContract):
    secrets: ClassVar[tuple[str, ...]] = ("sl.first", REFRESH, APP_SECRET)
    missing: ClassVar[dict[str, Any]] = {"path": "/Drops/none"}
    wrong: ClassVar[dict[str, Any]] = {"token": "stolen-token"}


def test_the_listed_revision_is_read_even_when_a_newer_one_came(server: DropboxServer, make: Make) -> None:
    server.put("a.csv", DATA)
    source = make(server.place)
    file = source.files("*")[0]
    server.put("a.csv", b"newer")
    assert taken(source, file) == DATA
    assert taken(source, file, 1_000) == DATA[1_000:]
    source.finish(file, DELETE)
    assert server.names() == ["a.csv"]
    server.history.clear()
    refused(FileChangedError, partial(source.open, file), where="a.csv", secrets=())


def test_more_than_one_page(server: DropboxServer, make: Make) -> None:
    server.page = 7
    for number in range(30):
        server.put(f"{number:02}.csv", b"x")
    assert [file.name for file in make(server.place).files("*")] == [f"{number:02}.csv" for number in range(30)]
    assert server.calls.count("/2/files/list_folder/continue") == 4


@pytest.mark.parametrize("path", ["", "/", FOLDER, FOLDER.lower() + "/", FOLDER.strip("/")])
def test_a_folder_may_be_written_in_several_ways(server: DropboxServer, make: Make, path: str) -> None:
    server.store("/root.csv", b"r")
    server.put("in.csv", b"i")
    source = make(server.place | {"path": path})
    file = source.files("*")[0]
    assert file.name == ("in.csv" if path.strip("/") else "root.csv")
    source.finish(file, MOVE)
    assert source.files("*") == []


def test_a_token_is_fetched_and_renewed_when_it_runs_out(server: DropboxServer, make: Make) -> None:
    server.put("a.csv", DATA)
    source = make(server.refreshed)
    file = source.files("*")[0]
    server.token = TOKENS[1]
    assert taken(source, file) == DATA
    server.token = TOKENS[2]
    source.finish(file, MOVE)
    assert server.names() == ["done/of week/a.csv"]
    assert server.calls.count("/oauth2/token") == 3


def test_a_token_that_cannot_be_renewed_is_final(server: DropboxServer, make: Make) -> None:
    source = make(server.place)
    server.token = TOKENS[1]
    error = refused(FeedError, partial(source.files, "*"), where="127.0.0.1:", secrets=("sl.first",))
    assert "expired_access_token" in error.what
    assert "refresh_token" in error.remedy
    for name in ("refresh_token", "app_key", "app_secret"):
        place = server.refreshed | {name: "wrong-one"}
        refused(
            FeedError, partial(make(place).files, "*"), where="127.0.0.1:", secrets=(REFRESH, APP_SECRET, "wrong-one")
        )


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        ((429, "too_many_requests"), SourceDownError, "wait 3 s"),
        ((503, "internal_error"), SourceDownError, "later"),
        ((500, "internal_error"), SourceDownError, "later"),
        ((409, "too_many_write_operations"), SourceDownError, "later"),
        ((401, "missing_scope"), FeedError, "files.content.write"),
        ((403, "access_error/paper_access_denied"), FeedError, "right"),
        ((409, "path/restricted_content"), FeedError, "path of the source"),
    ],
)
def test_refusals(server: DropboxServer, make: Make, answer: tuple[int, str], kind: type[FeedError], told: str) -> None:
    server.put("a.csv", b"1")
    source = make(server.place)
    file = source.files("*")[0]
    deeds = (partial(source.files, "*"), partial(source.open, file), partial(source.finish, file, DELETE))
    for deed in deeds:
        server.fail(*answer, {"Retry-After": "3"})
        error = refused(kind, deed, where="127.0.0.1:", secrets=("sl.first",))
        assert told in error.remedy
    assert server.names() == ["a.csv"]


def test_a_list_that_must_be_asked_for_again(server: DropboxServer, make: Make) -> None:
    server.fail(409, "reset")
    refused(SourceDownError, partial(make(server.place).files, "*"), where="127.0.0.1:", secrets=())


def test_a_folder_is_not_replaced_by_a_file(server: DropboxServer, make: Make) -> None:
    server.put("a.csv", b"1")
    server.put("done/of week/a.csv/treasure", b"1")
    source = make(server.place)
    error = refused(FeedError, partial(source.finish, source.files("*")[0], MOVE), where="127.0.0.1:", secrets=())
    assert "to/conflict/folder" in error.what
    assert server.names() == ["a.csv", "done/of week/a.csv/treasure"]


@pytest.mark.parametrize("token", ["S3cr3tTok\n", "S3cr3tTök"])
def test_a_token_that_http_cannot_send_is_not_shown(server: DropboxServer, make: Make, token: str) -> None:
    with pytest.raises(FeedError, match="letters that HTTP cannot send") as caught:
        make(server.place | {"token": token}).files("*")
    assert "S3cr3t" not in str(caught.value)
    assert "token" in caught.value.remedy


def test_a_server_without_ranges(server: DropboxServer, make: Make) -> None:
    server.ranges = False
    server.put("a.csv", DATA)
    source = make(server.place)
    assert taken(source, source.files("*")[0], 1_500_001) == DATA[1_500_001:]


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": None}, {"refresh_token": "r", "app_key": "k"}, {"token": None, "refresh_token": "r"},
        {"api_url": "http://api.example.com"}, {"content_url": "https://u:p@example.com"},
    ],
)  # fmt: skip
def test_settings_that_contradict_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DropboxPlace.model_validate({"token": "t"} | wrong)


@pytest.fixture
def small(server: DropboxServer, monkeypatch: pytest.MonkeyPatch) -> DropboxServer:
    """Files of more than 1000 bytes go in a session, by 400 in a call."""
    monkeypatch.setattr("smc.import_.sources.dropbox._ONE_CALL", 1000)
    monkeypatch.setattr("smc.import_.sources.dropbox._CHUNK", 400)
    server.most = 1000
    return server


def put(server: DropboxServer, file: Path, data: bytes, name: str, **place: Any) -> None:
    from smc.import_.sources.dropbox import DropboxSource

    file.write_bytes(data)
    source = DropboxSource(DropboxPlace.model_validate(place or server.place), file.parent)
    try:
        source.put(file, name)
    finally:
        source.close()


@pytest.mark.parametrize(("size", "appended"), [(1001, 1), (1200, 1), (1201, 2), (4000, 8)])
def test_a_large_file_goes_up_in_a_session(small: DropboxServer, tmp_path: Path, size: int, appended: int) -> None:
    small.put("Акция.csv", b"old")
    put(small, tmp_path / "new", DATA[:size], "Акция.csv")
    assert small.get("Акция.csv") == DATA[:size]
    assert small.calls.count("/2/files/upload_session/append_v2") == appended
    assert small.calls[-1] == "/2/files/upload_session/finish"
    assert small.sessions == {}
    put(small, tmp_path / "new", DATA[:1000], "Акция.csv")
    assert small.calls[-1] == "/2/files/upload"


def test_a_session_goes_on_with_a_new_token(small: DropboxServer, tmp_path: Path) -> None:
    small.failures.append(None)
    small.fail(401, "expired_access_token")
    put(small, tmp_path / "new", DATA[:1500], "a.csv", **small.refreshed)
    assert small.get("a.csv") == DATA[:1500]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((503, "internal_error"), SourceDownError),
        ((409, "too_many_write_operations"), SourceDownError),
        ((409, "path/insufficient_space"), SourceDownError),
        ((409, "incorrect_offset"), SourceDownError),
        ((409, "lookup_failed/not_found"), SourceDownError),
        ((409, "path/no_write_permission"), FeedError),
        ((401, "missing_scope"), FeedError),
    ],
)
def test_a_session_that_fails_leaves_the_old_file(
    small: DropboxServer, tmp_path: Path, number: int, answer: tuple[int, str], kind: type[FeedError]
) -> None:
    small.put("a.csv", b"old")
    small.failures += [None] * number
    small.fail(*answer)
    deed = partial(put, small, tmp_path / "new", DATA[:1500], "a.csv")
    refused(kind, deed, where="127.0.0.1:", secrets=("sl.first",))
    assert small.names() == ["a.csv"]
    assert small.get("a.csv") == b"old"


def test_bytes_that_were_lost_on_the_way_are_noticed(small: DropboxServer, tmp_path: Path) -> None:
    small.lossy = True
    refused(SourceDownError, partial(put, small, tmp_path / "new", DATA[:1500], "a.csv"), where="a.csv", secrets=())
    assert small.names() == []
