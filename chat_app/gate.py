"""The outermost layer of the server: which hosts and origins may talk to it, how much, how often, with what headers."""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat_app.config import is_loopback

LARGEST_BODY = 1_048_576
SOCKET = "/ws/"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    # The page is allowed nothing from outside. Its own scripts are inline in part, and custom elements are compiled.
    "content-security-policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob: data:; worker-src 'self' blob:; "
        "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'"
    ),
}


class Throttle:
    """At most so many failures per key in a window of seconds."""

    def __init__(self, failures: int = 10, seconds: float = 300.0, clock: Callable[[], float] = time.monotonic) -> None:
        """Nobody has failed yet."""
        self._failures = failures
        self._seconds = seconds
        self._clock = clock
        self._times: dict[str, deque[float]] = defaultdict(deque)

    def blocked(self, key: str) -> bool:
        """Whether `key` has failed too often lately."""
        times = self._times.get(key)
        if not times:
            return False
        while times and times[0] <= self._clock() - self._seconds:
            times.popleft()
        if not times:
            del self._times[key]
        return len(times) >= self._failures

    def failed(self, key: str) -> None:
        """Note a failure."""
        self._times[key].append(self._clock())


class Gate:
    """ASGI middleware.

    Args:
        app: what it guards.
        public_url: the one address this is served at, where a proxy stands before it.
        local: whether only this machine is served; then the Host header must name it, against DNS rebinding.
    """

    def __init__(self, app: ASGIApp, *, public_url: str | None, local: bool) -> None:
        """Guard `app`."""
        self._app = app
        self._public = urlsplit(public_url) if public_url else None
        self._local = local
        self._logins = Throttle()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or refuse."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        reason = self._refusal(scope, headers)
        if reason is None:
            await self._app(scope, _limited(receive), self._outgoing(scope, send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": reason[1]})
        else:
            await PlainTextResponse(reason[1], status_code=reason[0])(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[int, str] | None:
        """Status and reason, or None where the request may pass."""
        if not (_is_probe(scope) or self._known_host(headers.get("host", ""))):
            return 421, "This address is not served here."
        changes = scope["type"] == "websocket" or scope["method"] not in _SAFE
        if changes and not self._same_origin(headers):
            return 403, "Requests from other sites are refused."
        if scope["type"] == "http" and scope["path"].startswith(SOCKET):
            return 426, "The page's connection is a WebSocket; it is not polled."
        if int(headers.get("content-length") or 0) > LARGEST_BODY:
            return 413, "Too large."
        if _is_login(scope) and self._logins.blocked(_client(scope)):
            return 429, "Too many failed sign-ins. Try again in five minutes."
        return None

    def _known_host(self, host: str) -> bool:
        name = urlsplit(f"//{host}").hostname or ""
        if self._public and name == self._public.hostname:
            return True
        return is_loopback(name) if self._local else self._public is None or is_loopback(name)

    def _same_origin(self, headers: Headers) -> bool:
        """Whether the request comes from our own page, or from no page at all."""
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        allowed = {headers.get("host", "")} | ({self._public.netloc} if self._public else set())
        return urlsplit(origin).netloc in allowed

    def _outgoing(self, scope: Scope, send: Send) -> Send:
        """Send with our headers; notes failed sign-ins."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                if _is_login(scope) and message["status"] == 401:  # noqa: PLR2004 - HTTP's number
                    self._logins.failed(_client(scope))
                self._dress(MutableHeaders(scope=message))
            await send(message)

        return sending

    def _dress(self, headers: MutableHeaders) -> None:
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        if self._public and self._public.scheme == "https":
            headers.setdefault("strict-transport-security", "max-age=31536000")
            cookies = headers.getlist("set-cookie")
            del headers["set-cookie"]
            for cookie in cookies:
                headers.append("set-cookie", cookie if "secure" in cookie.lower() else f"{cookie}; Secure")


def _limited(receive: Receive) -> Receive:
    """Receive at most `LARGEST_BODY` bytes of a body, also where no length was announced."""
    seen = 0

    async def receiving() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > LARGEST_BODY:
                return {"type": "http.disconnect"}
        return message

    return receiving


def _is_probe(scope: Scope) -> bool:
    """Whether a load balancer or a container's engine asks how we are: it calls us by our bare address."""
    return scope["type"] == "http" and scope["method"] in _SAFE and scope["path"] in ("/health", "/ready")


def _is_login(scope: Scope) -> bool:
    return (scope["type"], scope.get("method"), scope["path"]) == ("http", "POST", "/login")


def _client(scope: Scope) -> str:
    return str(scope["client"][0]) if scope.get("client") else "unknown"
