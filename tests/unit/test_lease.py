import os
import socket
import subprocess
import sys

from agents.lease import is_gone, this_process


def test_this_process_is_there():
    assert not is_gone(this_process())


def test_nobody_is_gone():
    assert is_gone(None)


def test_a_process_that_ended_is_gone():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert is_gone(f"{socket.gethostname()}:{ended.pid}:1")


def test_another_process_with_the_same_pid_is_not_the_one_that_was():
    assert is_gone(f"{socket.gethostname()}:{os.getpid()}:1")


def test_a_process_of_another_machine_is_left_to_its_lease():
    assert not is_gone("elsewhere:1:1")
