"""Secrets come from outside and never show."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from smc.config.document import parse
from smc.config.secret import MissingSecretError, Secrets
from smc.config.specs.channel import SmtpRoute
from smc.config.specs.feed import FeedSpec
from smc.config.specs.project import UnsubscribeSettings
from smc.config.specs.source import FtpPlace

VALUE = "correct horse battery staple"


def test_secrets_are_put_in_after_parsing_and_stay_out_of_repr(tmp_path: Path) -> None:
    (tmp_path / "pass").write_text(VALUE + ": #'{\n", encoding="utf-8")
    secrets = Secrets(tmp_path, {"SMTP_USER": "shop: [x"})
    text = "host: mail.example.com\nuser: ${env:SMTP_USER}\npassword: ${file:pass}\n"
    document, problems = parse(text, SmtpRoute, file=tmp_path / "x.yaml", secrets=secrets)
    assert problems == []
    assert document is not None
    assert document.spec.user == "shop: [x"
    assert document.spec.password is not None
    assert document.spec.password.get_secret_value() == VALUE + ": #'{"
    assert VALUE not in repr(document)
    assert VALUE not in repr(secrets)
    assert "shop" not in repr(secrets)


def test_a_currency_sign_before_a_template_variable_is_no_secret() -> None:
    assert Secrets(Path(), {}).put("only ${{ price }} or $5") == "only ${{ price }} or $5"


@pytest.mark.parametrize("text", ["${NAME}", "${env:}", "${ENV:X}", "${vault:x}", "${env:X", "a ${} b"])
def test_other_references_are_mistakes(text: str) -> None:
    with pytest.raises(MissingSecretError, match="is no reference"):
        Secrets(Path(), {"X": "x"}).put(text)


def test_missing_secrets_say_what_to_do(tmp_path: Path) -> None:
    secrets = Secrets(tmp_path, {"EMPTY": ""})
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xfd")
    (tmp_path / "big").write_bytes(b"x" * 70_000)
    for text, says in [
        ("${env:NOPE}", "NOPE is not set"),
        ("${env:EMPTY}", "EMPTY is not set"),
        ("${file:nope}", "cannot be read"),
        ("${file:.}", "cannot be read"),
        ("${file:empty}", "is empty"),
        ("${file:binary}", "not UTF-8"),
        ("${file:big}", "larger"),
    ]:
        with pytest.raises(MissingSecretError, match=says):
            secrets.put(text)


def test_a_line_end_is_no_part_of_a_secret() -> None:
    assert Secrets(Path(), {"T": VALUE + "\r\n"}).put("${env:T}") == VALUE


@pytest.mark.parametrize("value", ["S3cr3t\nTok", "S3cr3t\x00", "S3cr3t\x1b[0m", "S3cr3t\udcff"])
def test_what_no_server_takes_is_refused_by_its_name_and_not_shown(tmp_path: Path, value: str) -> None:
    (tmp_path / "pass").write_bytes(value.encode("utf-8", "surrogateescape"))
    for text, name in (("${env:T}", "environment variable T"), ("${file:pass}", "secret file pass")):
        with pytest.raises(MissingSecretError) as caught:
            Secrets(tmp_path, {"T": value}).put(text)
        assert name in caught.value.what
        assert "S3cr3t" not in f"{caught.value} {caught.value.remedy}"


def problems_of(text: str, **environ: str) -> str:
    file = Path("smc.yaml")
    found, problems = parse(text, UnsubscribeSettings, file=file, secrets=Secrets(Path(), environ))
    assert found is None
    return "\n".join(str(problem) for problem in problems)


@pytest.mark.parametrize(
    "text",
    [
        f"secret: {VALUE}\nurl: https://x\n",
        f"{{secret: {VALUE}, url: https://x}}\n",
        f'{{"secret": "{VALUE}", url: ftp}}\n',
        f"url: [1]\nsecret: '{VALUE}'\n",
        f"secret: [{VALUE}]\nurl: https://x\n",
        "secret: 1234567890123456\n",
    ],
)
def test_a_secret_typed_into_the_file_is_refused_and_not_repeated(text: str) -> None:
    said = problems_of(text)
    assert said
    assert VALUE not in said
    assert "1234567890123456" not in said


def test_a_missing_secret_is_one_problem() -> None:
    assert problems_of("secret: ${env:NOPE}\nurl: https://x\n").count("smc.yaml:") == 1


def test_a_short_secret_does_not_show() -> None:
    said = problems_of("secret: ${env:LINK}\nurl: https://x\n", LINK="hunter2")
    assert "too short" in said
    assert "${env:LINK}" in said
    assert "hunter2" not in said


ADDRESSES = (
    "ftp: {host: 'bob:S3cr3t@127.0.0.1'}", "ftp: {host: 'ftp://bob:S3cr3t@h'}", "ftp: {host: 'h/S3cr3t'}",
    "sftp: {host: 'S3cr3t@h', user: u}", "rabbitmq: {host: 'amqp://bob:S3cr3t@h', queue: q, user: u}",
    "postgresql: {host: 'postgresql://bob:S3cr3t@h/d', database: d, user: u, query: q}",
    "postgresql: {host: h, database: 'd password=S3cr3t', user: u, query: q}",
    "mysql: {host: h, database: 'password=S3cr3t', user: u, query: q}",
    "mysql:\n  host: 'host=h user=bob password=S3cr3t'\n  database: d\n  user: u\n  query: q",
    "ftp: {host: 'bob:S3cr3t@h', port: 0}", "postgresql: {database: 'password=S3cr3t', user: u, query: q, port: 0}",
    "webdav: {url: 'https://bob:S3cr3t@h/dav', timeout: 0}", "webdav: {url: 'https://bob:S3cr3t@h/dav'}",
    "s3: {bucket: b, endpoint: 'https://bob:S3cr3t@h', timeout: 0}",
)  # fmt: skip


@pytest.mark.parametrize("source", ADDRESSES)
def test_a_password_in_an_address_is_refused_and_not_repeated(source: str) -> None:
    text = "title: R\nobject: receipt\nfiles: '*'\nfields: {receipt_id: id}\nsource:\n  " + source.replace("\n", "\n  ")
    found, problems = parse(text + "\n", FeedSpec, file=Path("feeds/r.yaml"))
    assert found is None
    said = "\n".join(map(str, problems))
    assert "S3cr3t" not in said
    assert "r.yaml:" in said


@pytest.mark.parametrize(
    "host",
    [
        "ftp.example.com", "localhost", "127.0.0.1", "::1", "fe80::1%eth0", "2001:db8::7", "::ffff:10.0.0.1", "my_db",
        "файлы.рф",
    ],
)  # fmt: skip
def test_hosts(host: str) -> None:
    assert FtpPlace(host=host).host == host


@pytest.mark.parametrize(
    "host", ["", " ", "a b", "10.0.0.1:21", "ftp.example.com:21", "[::1]", "a=b", "h\n", "a/b", "@"]
)
def test_no_hosts(host: str) -> None:
    with pytest.raises(ValidationError):
        FtpPlace(host=host)
