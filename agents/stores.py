"""Where the bytes of artifacts live, under their sha256: a folder on this machine, or a bucket.

Both are read with the hash checked, so what comes back is what was stored.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from agents.config import AgentSettings
from agents.errors import ArtifactUnavailable
from ledgers.errors import ConfigurationError

SHA256 = re.compile(r"[0-9a-f]{64}")
THERE_ALREADY = "PreconditionFailed"
ANSWERS_WITHIN = 10  # seconds, for each of three attempts


class ArtifactStore(Protocol):
    """Where artifact bytes live."""

    def put(self, data: bytes) -> str:
        """Store bytes once; return their sha256 in hex. ArtifactUnavailable where the store does not take them."""

    def get(self, sha256: str) -> bytes:
        """The bytes of that hash; KeyError where there are none, ArtifactUnavailable where they cannot be had."""

    def delete(self, sha256: str) -> None:
        """Throw the bytes of that hash away; nothing happens where there are none."""

    def location(self, sha256: str) -> str:
        """Where a person finds the bytes of that hash; KeyError for what is no hash."""


def store_of(settings: AgentSettings, home: Path) -> ArtifactStore:
    """The bucket that is set, else a folder in the data folder."""
    return S3Store(settings.artifacts_bucket) if settings.artifacts_bucket else DiskStore(home / "artifacts")


class DiskStore:
    """A folder: `ab/cdef…` holds the bytes whose sha256 is abcdef…; a file is there whole or not at all."""

    def __init__(self, root: Path) -> None:
        """Use that folder; it is made when something is stored."""
        self.root = root

    def path(self, sha256: str) -> Path:
        """Where the bytes of that hash are; KeyError for what is no hash."""
        return self.root / _name(sha256)

    def location(self, sha256: str) -> str:
        """The file's path."""
        return str(self.path(sha256))

    def put(self, data: bytes) -> str:
        """Store bytes once; return their sha256 in hex. They are on the disk when this returns."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self.path(sha256)
        if not path.exists():
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            _write_whole(path, data)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes of that hash."""
        try:
            return _checked(self.path(sha256).read_bytes(), sha256)
        except FileNotFoundError:
            raise KeyError(sha256) from None

    def delete(self, sha256: str) -> None:
        """Throw the bytes of that hash away."""
        self.path(sha256).unlink(missing_ok=True)


class S3Store:
    """A private bucket, the same for every replica; address, region and keys come from AWS's own settings."""

    def __init__(self, bucket: str) -> None:
        """Connect lazily."""
        self.bucket = bucket

    @cached_property
    def client(self) -> Any:
        """AWS's client, safe to use from several threads.

        Raises:
            ConfigurationError: the package is not installed, or AWS's settings name no region.
        """
        try:
            import boto3  # noqa: PLC0415 - an extra, and slow to import
        except ImportError as error:
            raise ConfigurationError("OMC_ARTIFACTS_BUCKET needs boto3: install oh-my-coins[aws].") from error
        from botocore.config import Config  # noqa: PLC0415 - comes with it
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - as above

        patience = {"connect_timeout": ANSWERS_WITHIN, "read_timeout": ANSWERS_WITHIN}
        try:
            return boto3.client("s3", config=Config(**patience, retries={"mode": "standard", "total_max_attempts": 3}))
        except (BotoCoreError, ValueError) as error:
            raise ConfigurationError(f"The bucket {self.bucket} cannot be used: {error}") from error

    def location(self, sha256: str) -> str:
        """The object's address."""
        return f"s3://{self.bucket}/{_name(sha256)}"

    def put(self, data: bytes) -> str:
        """Store bytes once; return their sha256 in hex. One that is there is left alone: no versions of the same."""
        sha256 = hashlib.sha256(data).hexdigest()
        once = {"IfNoneMatch": "*", "ChecksumAlgorithm": "SHA256"}
        with self._answering(sha256):
            self.client.put_object(Bucket=self.bucket, Key=_name(sha256), Body=data, **once)
        return sha256

    def get(self, sha256: str) -> bytes:
        """The bytes of that hash."""
        data = b""
        with self._answering(sha256):
            data = self.client.get_object(Bucket=self.bucket, Key=_name(sha256))["Body"].read()
        return _checked(data, sha256)

    def delete(self, sha256: str) -> None:
        """Throw the bytes of that hash away; where the bucket keeps versions, its lifecycle ends them."""
        with self._answering(sha256):
            self.client.delete_object(Bucket=self.bucket, Key=_name(sha256))

    @contextmanager
    def _answering(self, sha256: str) -> Iterator[None]:
        """AWS's errors as ours; that an object is there already is none."""
        client = self.client
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - an extra

        try:
            yield
        except client.exceptions.NoSuchKey:
            raise KeyError(sha256) from None
        except ClientError as error:
            if error.response["Error"]["Code"] != THERE_ALREADY:
                raise ArtifactUnavailable(f"The bucket {self.bucket} refuses us: {error}") from error
        except BotoCoreError as error:
            raise ArtifactUnavailable(f"The bucket {self.bucket} does not answer: {error}") from error


def _name(sha256: str) -> str:
    """The name of the bytes in a store."""
    if not SHA256.fullmatch(sha256):
        raise KeyError(sha256)
    return f"{sha256[:2]}/{sha256[2:]}"


def _checked(data: bytes, sha256: str) -> bytes:
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ArtifactUnavailable(f"The artifact {sha256[:12]}… is damaged: its bytes are not those that were stored.")
    return data


def _write_whole(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
