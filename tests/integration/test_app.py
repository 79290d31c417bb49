from datetime import UTC, datetime, timedelta

import pytest

from ledgers import app
from ledgers.errors import BadArgument, NotFound

pytestmark = pytest.mark.integration
NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOSTILE = ["'; DROP TABLE threads; --", "%", "_", "\\", "\"; COPY threads TO PROGRAM 'id'; --", "\u200b", "x" * 300]


@pytest.fixture
def session(ledger):
    with ledger.session() as session:
        yield session


def _user(session, name):
    return app.create_user(session, name=name, password_hash="argon2", now=NOW).id


def _run(session, thread, message="How is BTC?"):
    run = app.Run(
        id=f"run-{thread.id}",
        thread_id=thread.id,
        user_id=thread.user_id,
        message=message,
        status="running",
        started_at=NOW,
        model="offline",
    )
    session.add(run)
    session.flush()
    return run


def _artifact(session, run):
    artifact = app.Artifact(
        id=f"artifact-{run.id}",
        user_id=run.user_id,
        thread_id=run.thread_id,
        run_id=run.id,
        name="chart",
        kind="chart",
        mime="application/json",
        bytes=1,
        sha256="0" * 64,
        tool="make_chart",
        tool_call_id="1",
        arguments={},
        evidence=["glass.candle:BTC"],
        created_at=NOW,
    )
    session.add(artifact)
    session.flush()
    return artifact


def test_the_local_user_is_made_once(session):
    assert app.ensure_local_user(session, now=NOW).id == app.ensure_local_user(session, now=NOW).id == "local"


def test_user_names_are_unique_whatever_their_case(session):
    _user(session, "Ada")
    with pytest.raises(BadArgument):
        _user(session, "ada ")
    found = app.get_user_by_name(session, name=" ADA")
    assert found is not None
    assert found.name == "Ada"
    with pytest.raises(BadArgument):
        _user(session, " ")


def test_nothing_of_one_user_exists_for_another(session):
    ada, bob = _user(session, "ada"), _user(session, "bob")
    thread = app.create_thread(session, user_id=ada, now=NOW, name="mine")
    run = _run(session, thread)
    artifact = _artifact(session, run)
    refused = [
        lambda: app.owned_thread(session, thread_id=thread.id, user_id=bob),
        lambda: app.rename_thread(session, thread_id=thread.id, user_id=bob, name="theirs"),
        lambda: app.delete_thread(session, thread_id=thread.id, user_id=bob, now=NOW),
        lambda: app.runs_of(session, thread_id=thread.id, user_id=bob),
        lambda: app.owned_run(session, run_id=run.id, user_id=bob),
        lambda: app.events_of(session, run_id=run.id, user_id=bob),
        lambda: app.artifacts_of(session, thread_id=thread.id, user_id=bob),
        lambda: app.owned_artifact(session, artifact_id=artifact.id, user_id=bob),
        lambda: app.put_feedback(session, _feedback("f1", bob, thread.id)),
    ]
    for call in refused:
        with pytest.raises(NotFound):
            call()
    assert app.list_threads(session, user_id=bob) == []
    assert app.owned_thread(session, thread_id=thread.id, user_id=ada).name == "mine"
    assert app.owned_artifact(session, artifact_id=artifact.id, user_id=ada).sha256 == "0" * 64


def _feedback(identity, user, thread, value=1):
    return app.Feedback(id=identity, user_id=user, thread_id=thread, step_id="s", value=value, comment=None, at=NOW)


def test_feedback_is_replaced_by_its_owner_only(session):
    ada, bob = _user(session, "ada"), _user(session, "bob")
    hers = app.create_thread(session, user_id=ada, now=NOW)
    his = app.create_thread(session, user_id=bob, now=NOW)
    app.put_feedback(session, _feedback("f1", ada, hers.id))
    app.put_feedback(session, _feedback("f1", ada, hers.id, value=0))
    session.flush()
    with pytest.raises(NotFound):
        app.put_feedback(session, _feedback("f1", bob, his.id))
    assert session.get(app.Feedback, "f1").value == 0


def test_threads_are_listed_last_used_first_in_pages_that_do_not_overlap(session):
    ada = _user(session, "ada")
    for number in range(5):
        app.create_thread(session, user_id=ada, now=NOW + timedelta(minutes=number // 2), thread_id=f"t{number}")
    first = app.list_threads(session, user_id=ada, limit=3)
    rest = app.list_threads(session, user_id=ada, before=first[-1].id, limit=3)
    assert [thread.id for thread in (*first, *rest)] == ["t4", "t3", "t2", "t1", "t0"]


def test_threads_are_found_by_name_and_by_what_was_asked(session):
    ada = _user(session, "ada")
    named = app.create_thread(session, user_id=ada, now=NOW, name="100% Solana")
    asked = app.create_thread(session, user_id=ada, now=NOW)
    _run(session, asked, "What of Cardano?")
    assert [t.id for t in app.list_threads(session, user_id=ada, search="100% sol")] == [named.id]
    assert [t.id for t in app.list_threads(session, user_id=ada, search="cardano")] == [asked.id]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text(session, text):
    ada = _user(session, text)
    thread = app.create_thread(session, user_id=ada, now=NOW, name=text)
    app.create_thread(session, user_id=ada, now=NOW, name="plain")
    assert [t.id for t in app.list_threads(session, user_id=ada, search=text)] == [thread.id]
    assert app.list_threads(session, user_id=ada, before=text) == []
    with pytest.raises(NotFound):
        app.owned_thread(session, thread_id=text, user_id=ada)


def test_a_deleted_thread_takes_its_runs_events_and_artifacts_with_it(session):
    ada = _user(session, "ada")
    thread = app.create_thread(session, user_id=ada, now=NOW)
    run = _run(session, thread)
    artifact = _artifact(session, run)
    app.append_event(session, run_id=run.id, kind="started", payload={}, at=NOW)
    app.put_feedback(session, _feedback("f1", ada, thread.id))
    app.delete_thread(session, thread_id=thread.id, user_id=ada, now=NOW)
    session.expire_all()
    assert app.list_threads(session, user_id=ada) == []
    for model, key in ((app.Run, run.id), (app.Artifact, artifact.id), (app.Feedback, "f1")):
        assert session.get(model, key) is None
    assert session.get(app.RunEvent, (run.id, 1)) is None
    with pytest.raises(NotFound):
        app.owned_thread(session, thread_id=thread.id, user_id=ada)


def test_events_are_numbered_in_order_and_read_from_any_point(session):
    ada = _user(session, "ada")
    run = _run(session, app.create_thread(session, user_id=ada, now=NOW))
    numbers = [app.append_event(session, run_id=run.id, kind=kind, payload={}, at=NOW) for kind in "abc"]
    assert numbers == [1, 2, 3]
    assert [event.kind for event in app.events_of(session, run_id=run.id, user_id=ada, after=1)] == ["b", "c"]
    with pytest.raises(NotFound):
        app.append_event(session, run_id="none", kind="a", payload={}, at=NOW)


def test_an_event_keeps_text_that_jsonb_would_refuse(session):
    ada = _user(session, "ada")
    run = _run(session, app.create_thread(session, user_id=ada, now=NOW))
    app.append_event(session, run_id=run.id, kind="a", payload={"text": "a\0b\ud800c", "list": [1, None]}, at=NOW)
    session.expire_all()
    [event] = app.events_of(session, run_id=run.id, user_id=ada)
    assert event.payload == {"text": "a\ufffdb\ufffd\ufffd\ufffdc", "list": [1, None]}
