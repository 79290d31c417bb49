"""A model behind the OpenAI protocol that says what the test wrote: deltas over SSE, tool calls in pieces, usage."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

Messages = list[dict[str, Any]]


@dataclass
class Say:
    """One reply of the model.

    `hold` is awaited after the first piece of text: the test decides when the rest comes.
    """

    text: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    status: int = 200
    hold: threading.Event | None = None
    cut: bool = False  # the connection ends in the middle


Script = Callable[[Messages], Say]


class ModelServer:
    """Answers each request with the script's reply to its messages, and remembers the requests."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.requests: list[dict[str, Any]] = []
        self.url = ""

    async def complete(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        said = self.script(body["messages"])
        if said.status != 200:
            return JSONResponse({"error": {"message": "scripted failure", "type": "x"}}, said.status)
        if not body.get("stream"):
            return JSONResponse(self._whole(said))
        return StreamingResponse(self._pieces(said), media_type="text/event-stream")

    def _whole(self, said: Say) -> dict[str, Any]:
        calls = [self._call(n, name, json.dumps(args)) for n, (name, args) in enumerate(said.calls)]
        message = {"role": "assistant", "content": said.text, **({"tool_calls": calls} if calls else {})}
        return {**self._frame(), "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": USAGE}

    async def _pieces(self, said: Say):
        words = said.text.split(" ")
        for n, word in enumerate(words if said.text else []):
            yield self._event({"content": word if n == 0 else f" {word}"})
            if n == 0 and said.hold:
                await asyncio.to_thread(said.hold.wait, 60)
            if n == 1 and said.cut:
                return
        for n, (name, args) in enumerate(said.calls):
            text = json.dumps(args)
            yield self._event({"tool_calls": [self._call(n, name, "")]})
            for piece in (text[: len(text) // 2], text[len(text) // 2 :]):
                yield self._event({"tool_calls": [{"index": n, "function": {"arguments": piece}}]})
        yield self._event({}, finish="tool_calls" if said.calls else "stop")
        yield f"data: {json.dumps({**self._frame(chunk=True), 'choices': [], 'usage': USAGE})}\n\n"
        yield "data: [DONE]\n\n"

    def _call(self, n: int, name: str, arguments: str) -> dict[str, Any]:
        number = f"call_{len(self.requests)}_{n}"
        return {"index": n, "id": number, "type": "function", "function": {"name": name, "arguments": arguments}}

    def _event(self, delta: dict[str, Any], finish: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return f"data: {json.dumps({**self._frame(chunk=True), 'choices': [choice]})}\n\n"

    def _frame(self, *, chunk: bool = False) -> dict[str, Any]:
        kind = "chat.completion.chunk" if chunk else "chat.completion"
        return {"id": f"reply-{len(self.requests)}", "object": kind, "created": 0, "model": "scripted"}


USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


@contextmanager
def serving(script: Script) -> Iterator[ModelServer]:
    """A server on a free port, for as long as the block lasts."""
    model = ModelServer(script)
    app = Starlette(routes=[Route("/v1/chat/completions", model.complete, methods=["POST"])])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off"))
    ready = threading.Event()
    begin = server.startup

    async def startup(sockets: Any = None) -> None:
        await begin(sockets)
        ready.set()

    server.startup = startup
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert ready.wait(20)
    model.url = f"http://127.0.0.1:{port}/v1"
    yield model
    server.should_exit = True
    thread.join(20)


def turns(*replies: Say) -> Script:
    """A script that says one reply after the other."""
    left = list(replies)
    return lambda messages: left.pop(0)


def said_by_tools(messages: Messages) -> list[str]:
    """What tools returned in the messages of a request."""
    return [str(message["content"]) for message in messages if message["role"] == "tool"]
