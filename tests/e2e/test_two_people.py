"""Served to others: two people who sign in by name, and see nothing of each other by page, HTTP or socket."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import socketio
from playwright.sync_api import expect

from chat_app.auth import add_user
from chat_app.compose import open_ledger

pytestmark = pytest.mark.e2e

QUESTION = "Export the daily candles of BTC for the last 14 days as a CSV file"
PASSWORDS = {"ada": "correct horse battery", "bob": "staple in the stable"}


@pytest.fixture(scope="module")
def served(make_product):
    """The product, on an address of everybody's, with two people."""
    product = make_product(settings={"OMC_HOST": "0.0.0.0", "OMC_AUTH_SECRET": "s" * 40})  # noqa: S104 - under test
    ledger = open_ledger(product.endpoints, "live")
    for name, password in PASSWORDS.items():
        add_user(ledger, name, password)
    ledger.close()
    product.start()
    return product


def sign_in(visitor, name):
    page = visitor.open("/login", ready="#email")
    page.locator("#email").fill(name)
    page.locator("#password").fill(PASSWORDS[name])
    page.locator("button[type=submit]").click()
    page.wait_for_selector("#starters button:enabled")
    visitor.complaints.clear()  # before one has signed in, "who am I?" is answered with 401
    return page


@pytest.fixture
def client(served):
    """A maker of somebody without a browser, signed in where a name is given."""
    people = []

    def make(name=None):
        people.append(httpx.Client(base_url=served.url))
        if name:
            form = {"username": name, "password": PASSWORDS[name]}
            assert people[-1].post("/login", data=form).status_code == 200
        return people[-1]

    yield make
    for person in people:
        person.close()


@pytest.fixture(scope="module")
def adas(served, browser):
    """A conversation of Ada's: its id, its run's and the address of its file."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{served.url}/login")
    page.locator("#email").fill("ada")
    page.locator("#password").fill(PASSWORDS["ada"])
    page.locator("button[type=submit]").click()
    page.wait_for_selector("#starters button:enabled")
    page.locator("#chat-input").fill(QUESTION)
    page.locator("#chat-submit").click()
    page.wait_for_selector(".positive-feedback-off:enabled")
    thread = re.search(r"/thread/([\w-]+)", page.url)[1]
    kept = context.request.get(f"{served.url}/project/thread/{thread}").json()
    context.close()
    run = next(step["id"] for step in kept["steps"] if step["type"] == "run")
    file = next(element["url"] for element in kept["elements"] if element["type"] == "file")
    return {"thread": thread, "run": run, "file": file}


def test_a_wrong_password_and_an_unknown_name_are_refused_alike(served, visit):
    answers = [
        httpx.post(f"{served.url}/login", data={"username": name, "password": "not the right one"})
        for name in ("ada", "nobody")
    ]
    assert [(answer.status_code, answer.text) for answer in answers] == [(401, answers[0].text)] * 2


def test_the_other_sees_no_conversation_in_the_page(served, visit, adas):
    page = sign_in(visit(served), "bob")
    expect(page.locator("#thread-history")).not_to_contain_text("Export")
    page.goto(f"{served.url}/thread/{adas['thread']}")
    expect(page.locator("[data-sonner-toast]").first).to_be_visible()
    assert "Export" not in page.content()


def test_the_other_gets_rates_renames_and_deletes_nothing_over_http(client, adas):
    bob, ada = client("bob"), client("ada")
    thread, run = adas["thread"], adas["run"]
    thumb = {"forId": run, "threadId": thread, "value": 1}
    attempts = {
        "read": bob.get(f"/project/thread/{thread}"),
        "element": bob.get(f"/project/thread/{thread}/element/x"),
        "shared": bob.get(f"/project/share/{thread}"),
        "rename": bob.put("/project/thread", json={"threadId": thread, "name": "mine"}),
        "share": bob.put("/project/thread/share", json={"threadId": thread, "isShared": True}),
        "delete": bob.request("DELETE", "/project/thread", json={"threadId": thread}),
        "artifact": bob.get(adas["file"]),
        "rate": bob.put("/feedback", json={"feedback": thumb, "sessionId": "x"}),
    }
    assert {what: answer.status_code for what, answer in attempts.items() if answer.status_code < 400} == {}
    rated = ada.put("/feedback", json={"feedback": thumb, "sessionId": "x"})
    assert rated.status_code == 200
    unrate = {"feedbackId": rated.json()["feedbackId"]}
    assert bob.request("DELETE", "/feedback", json=unrate).status_code == 404
    listed = bob.post("/project/threads", json={"pagination": {"first": 20}, "filter": {"userId": adas["thread"]}})
    assert listed.json()["data"] == []
    assert ada.get(f"/project/thread/{thread}").json()["name"] == QUESTION
    file = ada.get(adas["file"])
    assert (file.status_code, file.headers["content-type"].partition(";")[0]) == (200, "text/csv")
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["x-content-type-options"] == "nosniff"


def test_nobody_gets_anything_without_signing_in(client, adas):
    nobody = client()
    for path in (adas["file"], f"/project/thread/{adas['thread']}", "/user", "/project/settings", "/data", "/notices"):
        assert nobody.get(path).status_code in (401, 403), path
    thumb = {"forId": adas["run"], "threadId": adas["thread"], "value": 1}
    assert nobody.put("/feedback", json={"feedback": thumb, "sessionId": "x"}).status_code == 401


def test_what_the_framework_would_tell_anybody_of_its_routes_is_closed(served, client):
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert client("ada").get(path).status_code == 404, path


async def connect(served, headers, thread="", session=None):
    """A socket as the page opens it."""
    client = socketio.AsyncClient(reconnection=False)
    heard = asyncio.Queue()
    client.on("*", lambda event, data=None: heard.put_nowait((event, data)))
    session = session or f"s-{thread}-{id(client)}"
    auth = {"sessionId": session, "clientType": "webapp", "userEnv": "{}", "threadId": thread}
    told = {"headers": headers, "auth": auth, "transports": ["websocket"], "socketio_path": "/ws/socket.io"}
    try:
        await client.connect(served.url, wait_timeout=5, **told)
    except socketio.exceptions.ConnectionError:
        if client.eio.http:
            await client.eio.http.close()
        raise
    return client, heard


def test_a_button_is_pressed_only_on_a_page_of_ones_own(served, client, adas):
    def press(name, button):
        return client(name).post(
            "/project/action",
            json={"sessionId": "adas-page", "action": {"name": button, "payload": {"run_id": adas["run"]}}},
        )

    async def tried():
        own = {"Cookie": f"omc_session={client('ada').cookies['omc_session']}", "Origin": served.url}
        socket, _ = await connect(served, own, adas["thread"], session="adas-page")
        answers = [await asyncio.to_thread(press, *words) for words in (("bob", "stop"), ("ada", "nothing"))]
        await socket.disconnect()
        return [answer.status_code for answer in answers]

    with ThreadPoolExecutor(1) as beside:  # Playwright keeps a loop of its own in this thread
        assert beside.submit(asyncio.run, tried()).result(60) == [404, 404]


def test_the_socket_refuses_the_other_a_stranger_and_another_site(served, client, adas):
    cookies = {name: f"omc_session={client(name).cookies['omc_session']}" for name in PASSWORDS}
    with ThreadPoolExecutor(1) as beside:  # Playwright keeps a loop of its own in this thread
        beside.submit(asyncio.run, _sockets(served, cookies, adas)).result(60)


async def _sockets(served, cookies, adas):
    cookie = {"Cookie": cookies["bob"]}
    for headers in (cookie, {}, {**cookie, "Origin": "http://evil.example"}):
        with pytest.raises(socketio.exceptions.ConnectionError):
            await connect(served, headers, adas["thread"])
    own = {"Cookie": cookies["ada"], "Origin": served.url}
    socket, heard = await connect(served, own, adas["thread"])
    await socket.emit("connection_successful")
    async with asyncio.timeout(20):
        while (await heard.get())[0] != "resume_thread":
            pass
    await socket.disconnect()
