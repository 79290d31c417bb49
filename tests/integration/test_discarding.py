"""The bytes of artifacts go when the last conversation that made them is deleted, and not before."""

import threading
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from agents.artifacts import discard, save
from agents.stores import DiskStore
from ledgers import app
from ledgers.conversation import Run

pytestmark = pytest.mark.integration

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path):
    return DiskStore(tmp_path / "artifacts")


@pytest.fixture
def made(ledger, store):
    """A conversation of a user's with one artifact of these bytes; its thread, its user, the artifact."""

    def make(name, data=b"rows"):
        with ledger.session() as session:
            user = app.create_user(session, name=name, password_hash="x", now=NOW)
            thread = app.create_thread(session, user_id=user.id, now=NOW)
            run = Run(
                id=f"run of {name}", thread_id=thread.id, user_id=user.id, message="", status="running",
                started_at=NOW, model="m",
            )  # fmt: skip
            session.add(run)
        whose = {"user_id": user.id, "thread_id": thread.id, "run_id": run.id, "tool_call_id": "1"}
        context = SimpleNamespace(ledger=ledger, artifacts=store, now=NOW, **whose)
        kept = save(context, data, name="a.csv", kind="table", mime="text/csv", tool="t", arguments={})
        return SimpleNamespace(thread_id=thread.id, user_id=user.id, sha256=kept.sha256, context=context)

    return make


def delete(ledger, store, one):
    with ledger.session() as session:
        hashes = app.delete_thread(session, thread_id=one.thread_id, user_id=one.user_id, now=NOW)
    discard(ledger, store, hashes)


def test_bytes_that_two_people_made_stay_until_both_have_deleted_theirs(ledger, store, made):
    ada, bob = made("ada"), made("bob")
    assert ada.sha256 == bob.sha256
    delete(ledger, store, ada)
    assert store.get(bob.sha256) == b"rows"
    delete(ledger, store, bob)
    with pytest.raises(KeyError):
        store.get(bob.sha256)


def test_what_another_conversation_made_is_left_alone(ledger, store, made):
    ada, bob = made("ada"), made("bob", b"others")
    delete(ledger, store, ada)
    assert store.get(bob.sha256) == b"others"


def test_bytes_that_are_being_made_again_are_not_thrown_away_meanwhile(ledger, store, made):
    ada = made("ada")
    with ledger.session() as session:
        hashes = app.delete_thread(session, thread_id=ada.thread_id, user_id=ada.user_id, now=NOW)
    deleting = threading.Thread(target=discard, args=(ledger, store, hashes))
    with ledger.session() as session:  # as `save` does, from the bytes to the row
        app.hold_bytes(session, ada.sha256)
        store.put(b"rows")
        deleting.start()
        while deleting.is_alive() and not waits_for_the_bytes(ledger):
            time.sleep(0.01)
        bob = made_in(session, "bob", ada.sha256)
    deleting.join(30)
    assert not deleting.is_alive()
    assert bob
    assert store.get(ada.sha256) == b"rows"


def waits_for_the_bytes(ledger):
    with ledger.session() as session:
        return session.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))


def made_in(session, name, sha256):
    """A conversation with an artifact of those bytes, in a transaction that goes on."""
    user = app.create_user(session, name=name, password_hash="x", now=NOW)
    thread = app.create_thread(session, user_id=user.id, now=NOW)
    run = Run(
        id=f"run of {name}",
        thread_id=thread.id,
        user_id=user.id,
        message="",
        status="running",
        started_at=NOW,
        model="m",
    )
    session.add(run)
    session.flush()
    artifact = app.Artifact(
        id=name, user_id=user.id, thread_id=thread.id, run_id=run.id, name="a.csv", kind="table", mime="text/csv",
        bytes=4, sha256=sha256, tool="t", tool_call_id="1", arguments={}, evidence=[], created_at=NOW,
    )  # fmt: skip
    session.add(artifact)
    session.flush()
    return artifact
