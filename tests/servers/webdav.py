"""A WebDAV server of our own: Apache mod_dav on loopback, plain and with TLS, with a folder for each test."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.servers.lodging import lodging
from tests.servers.process import free_port, program, running
from tests.servers.tls import Certificates

USER, PASSWORD = "joe", "pass word:ü"
_MODULES = Path("/usr/lib/apache2/modules")
_LOADED = (
    "mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "dav", "dav_fs", "mime", "alias",
    "socache_shmcb", "ssl",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WebdavServer:
    """``folder`` is where the files lie on this disk."""

    port: int
    tls_port: int
    folder: Path
    certificates: Certificates

    @property
    def place(self) -> dict[str, Any]:
        """As in YAML below ``source.webdav``."""
        url = f"http://127.0.0.1:{self.port}/dav/{self.folder.name}"
        return {"url": url, "user": USER, "password": PASSWORD, "timeout": 20}

    def put(self, name: str, data: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        fresh = path.with_name(f".{uuid4().hex}")
        fresh.write_bytes(data)
        fresh.replace(path)
        for item in (path, path.parent):
            _own(item)

    def names(self) -> list[str]:
        """Every file below the folder, those of folders too."""
        files = (path for path in self.folder.rglob("*") if path.is_file() and ".DAV" not in path.parts)
        return sorted(str(path.relative_to(self.folder)) for path in files)

    def get(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


@pytest.fixture(scope="session")
def webdav_service(certificates: Certificates) -> Iterator[tuple[int, int, Path]]:
    """The running server: its port without TLS, with TLS, and the folder that it shows as /dav."""
    apache = program("apache2", "apache2")
    with lodging("www-data") as (root, user):
        shown = root / "shown"
        for folder in (shown, root / "locks"):
            folder.mkdir()
            _own(folder)
        shutil.copy(certificates.server, root / "server.pem")
        secret = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()  # noqa: S324 # what Apache reads
        (root / "users").write_text(f"{USER}:{{SHA}}{secret}\n", encoding="utf-8")
        port, tls_port = free_port(), free_port()
        (root / "httpd.conf").write_text(_settings(root, port, tls_port, user))
        with running([apache, "-f", str(root / "httpd.conf"), "-DFOREGROUND"], port, root / "log"):
            yield port, tls_port, shown


@pytest.fixture
def webdav_server(webdav_service: tuple[int, int, Path], certificates: Certificates) -> WebdavServer:
    """An empty folder."""
    port, tls_port, shown = webdav_service
    folder = shown / uuid4().hex
    folder.mkdir()
    _own(folder)
    return WebdavServer(port, tls_port, folder, certificates)


def _own(path: Path) -> None:
    if os.getuid() == 0:
        shutil.chown(path, "www-data", "www-data")


def _settings(root: Path, port: int, tls_port: int, user: str | None) -> str:
    modules = "\n".join(f"LoadModule {name}_module {_MODULES}/mod_{name}.so" for name in _LOADED)
    who = f"User {user}\nGroup {user}" if user else ""
    return f"""
ServerRoot {root}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
Listen 127.0.0.1:{tls_port}
PidFile {root}/pid
ErrorLog {root}/error.log
DefaultRuntimeDir {root}
{modules}
{who}
TypesConfig /etc/mime.types
AddEncoding x-gzip .gz
DavLockDB {root}/locks/db
Alias /dav {root}/shown
Redirect 302 /elsewhere https://files.example.com/dav
RedirectMatch 302 ^/old/(.*)$ /dav/$1
<Directory {root}/shown>
  Dav On
  AuthType Basic
  AuthName files
  AuthUserFile {root}/users
  Require valid-user
</Directory>
<VirtualHost 127.0.0.1:{tls_port}>
  ServerName 127.0.0.1
  SSLEngine on
  SSLCertificateFile {root}/server.pem
  SSLCertificateKeyFile {root}/server.pem
</VirtualHost>
"""
