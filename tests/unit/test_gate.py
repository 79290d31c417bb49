import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from chat_app.gate import LARGEST_BODY, Gate, Throttle

HOME = "http://127.0.0.1:8000"


async def _echo(request: Request):
    return PlainTextResponse(str(len(await request.body())))


async def _login(request: Request):
    status = 200 if (await request.body()) == b"right" else 401
    answer = PlainTextResponse("", status)
    answer.set_cookie("omc_session", "x")
    return answer


async def _socket(socket: WebSocket):
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


def client(*, local=True, public_url=None, base_url=HOME):
    app = Starlette(
        routes=[
            Route("/", _echo, methods=["GET", "POST"]),
            Route("/health", _echo),
            Route("/ready", _echo),
            Route("/login", _login, methods=["POST"]),
            WebSocketRoute("/ws", _socket),
        ]
    )
    return TestClient(Gate(app, public_url=public_url, local=local), base_url=base_url)


def test_a_page_of_ours_may_post_and_one_of_another_site_may_not():
    assert client().post("/", headers={"origin": HOME}).status_code == 200
    assert client().post("/", headers={"origin": "http://evil.example"}).status_code == 403
    assert client().post("/", headers={"origin": "http://127.0.0.1:9999"}).status_code == 403
    assert client().post("/", headers={"origin": "null"}).status_code == 403


@pytest.mark.parametrize("local", [True, False])
@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_a_load_balancer_that_calls_us_by_our_bare_address_may_ask_how_we_are_and_nothing_else(local, path):
    probe = client(local=local, public_url="https://coins.example.org", base_url="http://10.0.3.7:8000")
    assert probe.get(path).status_code == 200
    assert probe.post(path).status_code == 421
    assert probe.get("/").status_code == 421


def test_the_pages_connection_is_not_polled():
    assert client().get("/ws/socket.io/?EIO=4&transport=polling").status_code == 426
    assert client().post("/ws/socket.io/?EIO=4&transport=polling").status_code == 426


def test_a_program_without_a_page_may_post():
    assert client().post("/").status_code == 200
    assert client().post("/", headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_the_socket_opens_for_our_page_only():
    with client().websocket_connect("/ws", headers={"origin": HOME, "host": "127.0.0.1:8000"}) as socket:
        assert socket.receive_text() == "hello"
    refused = client().websocket_connect("/ws", headers={"origin": "http://evil.example", "host": "127.0.0.1:8000"})
    with pytest.raises(WebSocketDisconnect), refused:
        pass


def test_on_this_machine_only_its_own_names_are_served():
    for host in ("127.0.0.1:8000", "localhost:8000", "[::1]:8000"):
        assert client().get("/", headers={"host": host}).status_code == 200
    assert client().get("/", headers={"host": "rebound.example:8000"}).status_code == 421


def test_behind_a_proxy_only_the_public_address_is_served_and_cookies_are_secure():
    public = client(local=False, public_url="https://coins.example.org", base_url="https://coins.example.org")
    answer = public.post("/login", content="right", headers={"origin": "https://coins.example.org"})
    assert answer.status_code == 200
    assert "Secure" in answer.headers["set-cookie"]
    assert "strict-transport-security" in answer.headers
    assert public.get("/", headers={"host": "other.example.org"}).status_code == 421


def test_every_answer_forbids_what_is_outside():
    headers = client().get("/").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "http:" not in headers["content-security-policy"]


def test_a_body_that_is_too_large_is_refused_whether_announced_or_not():
    assert client().post("/", content=b"x" * (LARGEST_BODY + 1)).status_code == 413

    def pieces():
        for _ in range(20):
            yield b"x" * (LARGEST_BODY // 10)

    with pytest.raises(ClientDisconnect):
        client().post("/", content=pieces()).raise_for_status()


def test_guessing_passwords_is_slowed_down():
    guesser = client(local=False)
    assert [guesser.post("/login", content="wrong").status_code for _ in range(11)] == [401] * 10 + [429]
    assert guesser.post("/login", content="right").status_code == 429
    assert guesser.get("/").status_code == 200


def test_a_throttle_forgets_after_its_time():
    now = [0.0]
    throttle = Throttle(failures=2, seconds=60, clock=lambda: now[0])
    throttle.failed("ada")
    throttle.failed("ada")
    assert throttle.blocked("ada")
    assert not throttle.blocked("bob")
    now[0] = 61
    assert not throttle.blocked("ada")
