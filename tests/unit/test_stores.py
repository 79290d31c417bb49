"""The store of artifacts, both kinds: a folder, and a bucket behind a real HTTP server that speaks S3."""

import hashlib
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from agents import stores
from agents.config import AgentSettings
from agents.errors import ArtifactUnavailable
from agents.stores import ArtifactStore, DiskStore, S3Store, store_of

BUCKET = "omc-test-artifacts"
NOTHING = hashlib.sha256(b"nothing of the kind").hexdigest()


@dataclass(frozen=True)
class Kept:
    """A store, and what lies in it when one looks from outside."""

    store: ArtifactStore
    names: Callable[[], list[str]]
    damage: Callable[[str], object]


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """AWS's settings for the server, and a bucket with versions, as the cloud's has them."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "ap-southeast-2",
        "AWS_DEFAULT_REGION": "ap-southeast-2",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        monkeypatch.setenv(name, value)
    client = S3Store(BUCKET).client
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-southeast-2"})
    client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    yield client
    listed = client.list_object_versions(Bucket=BUCKET)
    for version in listed.get("Versions", []) + listed.get("DeleteMarkers", []):
        client.delete_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])
    client.delete_bucket(Bucket=BUCKET)
    client.close()


def on_disk(root: Path) -> Kept:
    def names() -> list[str]:
        return [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]

    return Kept(DiskStore(root), names, lambda name: (root / name).write_bytes(b"other"))


def in_bucket(client: Any) -> Kept:
    def names() -> list[str]:
        return [version["Key"] for version in client.list_object_versions(Bucket=BUCKET).get("Versions", [])]

    return Kept(S3Store(BUCKET), names, lambda name: client.put_object(Bucket=BUCKET, Key=name, Body=b"other"))


@pytest.fixture(params=["disk", "s3"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    return on_disk(tmp_path / "artifacts") if request.param == "disk" else in_bucket(request.getfixturevalue("aws"))


def test_bytes_come_back_by_their_hash_and_are_named_after_it(kept):
    sha256 = kept.store.put(b"rows")
    assert sha256 == hashlib.sha256(b"rows").hexdigest()
    assert kept.store.get(sha256) == b"rows"
    assert kept.names() == [f"{sha256[:2]}/{sha256[2:]}"]
    assert kept.store.location(sha256).endswith(f"/{sha256[:2]}/{sha256[2:]}")


def test_the_same_bytes_are_stored_once_without_a_further_version(kept):
    assert kept.store.put(b"rows") == kept.store.put(b"rows")
    assert len(kept.names()) == 1


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n", "/" * 64])
def test_what_is_no_hash_leads_nowhere(kept, key):
    with pytest.raises(KeyError):
        kept.store.get(key)
    with pytest.raises(KeyError):
        kept.store.location(key)


def test_a_hash_of_nothing_stored_is_not_there(kept):
    with pytest.raises(KeyError):
        kept.store.get(NOTHING)


def test_bytes_that_were_changed_in_the_store_are_never_handed_out(kept):
    sha256 = kept.store.put(b"rows")
    kept.damage(kept.names()[0])
    with pytest.raises(ArtifactUnavailable, match="damaged"):
        kept.store.get(sha256)


def test_bytes_can_be_thrown_away_and_stored_again_and_what_is_gone_is_no_error(kept):
    sha256 = kept.store.put(b"rows")
    kept.store.delete(sha256)
    kept.store.delete(sha256)
    with pytest.raises(KeyError):
        kept.store.get(sha256)
    assert kept.store.put(b"rows") == sha256
    assert kept.store.get(sha256) == b"rows"


def test_a_bucket_that_is_not_there_is_an_error_of_ours(aws):
    store = S3Store("omc-no-such-bucket")
    with pytest.raises(ArtifactUnavailable, match="omc-no-such-bucket refuses us"):
        store.put(b"rows")
    with pytest.raises(ArtifactUnavailable, match="omc-no-such-bucket refuses us"):
        store.get(NOTHING)


def test_a_store_that_does_not_answer_is_an_error_of_ours(aws, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    store = S3Store(BUCKET)
    with pytest.raises(ArtifactUnavailable, match="does not answer"):
        store.put(b"rows")
    with pytest.raises(ArtifactUnavailable, match="does not answer"):
        store.get(NOTHING)


def test_the_bucket_is_used_where_one_is_set_and_the_data_folder_else(aws, tmp_path):
    assert store_of(AgentSettings(artifacts_bucket=BUCKET), tmp_path).location(NOTHING).startswith(f"s3://{BUCKET}/")
    assert store_of(AgentSettings(), tmp_path).location(NOTHING).startswith(str(tmp_path / "artifacts"))


def test_only_its_owner_may_look_into_the_folder(tmp_path):
    sha256 = DiskStore(tmp_path / "artifacts").put(b"rows")
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "artifacts").rglob("*")}
    assert stat.S_IMODE((tmp_path / "artifacts").stat().st_mode) == 0o700
    assert modes == {
        tmp_path / "artifacts" / sha256[:2]: 0o700,
        tmp_path / "artifacts" / sha256[:2] / sha256[2:]: 0o600,
    }


def test_a_file_that_could_not_be_written_whole_is_not_there_at_all(tmp_path, monkeypatch):
    store = DiskStore(tmp_path)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stores.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.put(b"rows")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
