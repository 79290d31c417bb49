"""What becomes of the embedded services when something is killed, stalls or comes at the wrong moment."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import psycopg
import pytest
import redis

from chat_app.embedded.files import Folder, Lock
from chat_app.embedded.processes import command_line
from chat_app.services import Endpoints, services
from ledgers.config import LedgerSettings

pytestmark = pytest.mark.faults

USER = """
import sys
from chat_app.services import services
from ledgers.config import LedgerSettings
with services(LedgerSettings()) as endpoints:
    print(endpoints.postgres_url, endpoints.redis_url, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder of the test's own; whatever it still runs at the end is a failure."""
    path = Path(tempfile.mkdtemp(prefix="omc-faults-"))
    yield path
    wait_until(lambda: not processes_of(path))
    shutil.rmtree(path)


@pytest.fixture
def settings(home: Path) -> LedgerSettings:
    return LedgerSettings(home=home)


class User:
    """A process that uses the services until it is told to end, or killed."""

    def __init__(self, home: Path, become: list[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [*become, sys.executable, "-c", USER],
            env={**os.environ, "OMC_HOME": str(home), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    @cached_property
    def endpoints(self) -> Endpoints:
        return Endpoints(*self.process.stdout.readline().split(), embedded=True)

    def leave(self) -> None:
        self.process.communicate("")

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def user(home: Path) -> Iterator[Callable[..., User]]:
    """Start users of the services; none outlives the test."""
    started = []

    def start(*become: str, **environment: str) -> User:
        started.append(User(home, list(become), environment))
        return started[-1]

    yield start
    for each in started:
        if each.process.returncode is None:
            each.kill()


def test_data_survives_a_kill_of_postgres_and_its_url_stays(settings, home):
    with services(settings) as endpoints:
        write(endpoints, "before")
        kill(home, "postgres", of="pid")
        wait_until(lambda: written(endpoints) == ["before"])


def test_data_survives_a_kill_of_valkey_and_its_url_stays(settings, home):
    with services(settings) as endpoints:
        client = redis.Redis.from_url(endpoints.redis_url)
        client.set("coin", "BTC")
        kill(home, "valkey", of="pid")
        wait_until(lambda: client.get("coin") == b"BTC", forgiving=redis.RedisError)
        client.close()


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_a_killed_keeper_is_replaced_and_the_url_stays(settings, home, name):
    with services(settings) as endpoints:
        write(endpoints, "before")
        kill(home, name, of="keeper")
        wait_until(lambda: state(home, name).get("phase") == "ready" and keeper_pid(home, name) > 0)
        wait_until(lambda: written(endpoints) == ["before"])
        with redis.Redis.from_url(endpoints.redis_url) as client:
            wait_until(client.ping, forgiving=redis.RedisError)


def test_a_killed_user_leaves_no_process_behind(home, user):
    one = user()
    assert one.endpoints
    one.kill()
    wait_until(lambda: not processes_of(home))


def test_sigterm_and_ctrl_c_end_a_user_in_order(home, user):
    for order in (signal.SIGTERM, signal.SIGINT):
        one = user()
        assert one.endpoints
        one.process.send_signal(order)
        one.process.communicate(timeout=30)
        wait_until(lambda: not processes_of(home))


def test_after_everything_was_killed_at_once_the_next_start_finds_the_data(settings, home, user):
    one = user()
    write(one.endpoints, "before")
    for pid in [one.process.pid, *processes_of(home)]:
        os.kill(pid, signal.SIGKILL)
    one.kill()
    wait_until(lambda: not processes_of(home))
    with services(settings) as again:
        assert written(again) == ["before"]


def test_services_stay_until_their_last_user_leaves(settings, home, user):
    one = user()
    assert one.endpoints
    with services(settings) as endpoints:
        assert endpoints == one.endpoints
        one.kill()
        write(endpoints, "still here")
    assert not processes_of(home)


def test_several_commands_at_once_on_an_empty_folder_share_one_cluster(home, user):
    users = [user() for _ in range(4)]
    assert len({one.endpoints for one in users}) == 1
    for one in users:
        one.leave()
    assert not processes_of(home)


def test_commands_that_come_and_go_at_once_never_miss_the_services(settings, rounds):
    def come_and_go(number: int) -> None:
        for _ in range(2 * rounds):
            with services(settings) as endpoints:
                write(endpoints, f"round of {number}")

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(come_and_go, range(3)))
    with services(settings) as endpoints:
        assert len(written(endpoints)) == 6 * rounds


def test_a_keeper_killed_while_it_makes_the_cluster_leaves_no_half_cluster(settings, home, user):
    one = user()
    wait_until(lambda: "cluster" in state(home, "postgres").get("message", "") and keeper_pid(home, "postgres") > 0)
    os.kill(keeper_pid(home, "postgres"), signal.SIGKILL)
    one.kill()
    with services(settings) as endpoints:
        write(endpoints, "whole")


def test_a_stale_pid_file_that_names_a_stranger_does_not_stop_postgres(settings, home):
    with services(settings) as endpoints:
        write(endpoints, "before")
        file = home / "services/postgres/data/postmaster.pid"
        stale = file.read_text().splitlines()
    stale[0] = str(os.getpid())
    file.write_text("\n".join(stale) + "\n")
    with services(settings) as endpoints:
        assert written(endpoints) == ["before"]


def test_a_port_that_a_stranger_took_meanwhile_is_replaced(settings, home):
    import socket

    with services(settings):
        port = state(home, "postgres")["port"]
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", port))
        stranger.listen()
        with services(settings) as endpoints:
            write(endpoints, "elsewhere")
            assert state(home, "postgres")["port"] != port


def test_a_valkey_that_outlived_its_keeper_is_replaced_with_its_data(home, user, tmp_path, monkeypatch):
    """As on systems that cannot bind a child to its parent's life."""
    monkeypatch.setenv("PATH", str(tmp_path))
    only_valkey = LedgerSettings(home=home, postgres_url="postgresql://nobody@127.0.0.1:1")
    one = user(OMC_POSTGRES_URL=only_valkey.postgres_url)
    with redis.Redis.from_url(one.endpoints.redis_url) as client:
        client.set("coin", "ETH")
    orphan = state(home, "valkey")["pid"]
    one.process.send_signal(signal.SIGSTOP)  # it would replace the keeper
    kill(home, "valkey", of="keeper")
    wait_until(lambda: is_free(Folder(home / "services/valkey").keeper))
    one.kill()
    assert command_line(orphan)
    with services(only_valkey) as endpoints, redis.Redis.from_url(endpoints.redis_url) as client:
        assert client.get("coin") == b"ETH"
        assert not command_line(orphan)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is refused by Postgres")
def test_root_without_namespaces_runs_postgres_as_nobody_under_the_state_folder(home, user, tmp_path):
    refusing = tmp_path / "unshare"
    refusing.write_text("#!/bin/sh\nexit 1\n")
    refusing.chmod(0o755)
    with tempfile.TemporaryDirectory(prefix="omc-state-") as system:
        os.chmod(system, 0o755)  # noqa: PTH101, S103 - as the system's own state folder is
        where = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "STATE_DIRECTORY": system}
        for expected in ([], ["first"]):
            one = user(**where)
            assert written(one.endpoints) == expected
            write(one.endpoints, "first")
            assert os.stat(f"/proc/{state(home, 'postgres')['pid']}").st_uid == 65534  # noqa: PTH116
            one.leave()


@pytest.mark.parametrize("uid", [65534, 1234], ids=["with a name", "without a name"])
@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as an ordinary user already")
def test_an_ordinary_user_needs_no_privileges(home, user, uid):
    """In a namespace where root is somebody else: file access as before, but no power over users."""
    become = ["unshare", "--user", f"--map-user={uid}", f"--map-group={uid}"]
    if subprocess.run([*become, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system allows no user namespaces")
    one = user(*become)
    write(one.endpoints, "mine")
    one.leave()


def state(home: Path, name: str) -> dict:
    return Folder(home / "services" / name).state()


def is_free(path: Path) -> bool:
    """Whether nobody holds a lock: its holder's death is complete only then."""
    lock = Lock(path)
    free = lock.own()
    lock.close()
    return free


def keeper_pid(home: Path, name: str) -> int:
    word = f"chat_app.embedded.keeper {name} {home}"
    return next((pid for pid in every_pid() if word in command_line(pid)), 0)


def kill(home: Path, name: str, *, of: str) -> None:
    os.kill(keeper_pid(home, name) if of == "keeper" else state(home, name)["pid"], signal.SIGKILL)


def processes_of(home: Path) -> list[int]:
    """Every process whose command line names the folder."""
    return [pid for pid in every_pid() if str(home) in command_line(pid)]


def every_pid() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def write(endpoints: Endpoints, word: str) -> None:
    with psycopg.connect(f"{endpoints.postgres_url}/postgres") as connection:
        connection.execute("SELECT pg_advisory_xact_lock(1)")
        connection.execute("CREATE TABLE IF NOT EXISTS words (word text)")
        connection.execute("INSERT INTO words VALUES (%s)", [word])


def written(endpoints: Endpoints) -> list[str] | None:
    try:
        with psycopg.connect(f"{endpoints.postgres_url}/postgres") as connection:
            if connection.execute("SELECT to_regclass('words')").fetchone() == (None,):
                return []
            return [word for (word,) in connection.execute("SELECT word FROM words")]
    except psycopg.OperationalError:
        return None


def wait_until(condition: Callable[[], object], *, forgiving: type[Exception] | tuple[()] = ()) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            if condition():
                return
        except forgiving:
            pass
        assert time.monotonic() < until, "it never became true"
        time.sleep(0.02)
