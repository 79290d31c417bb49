"""Finds tools and actions by `__all__`, and wraps each plain function for LangChain.

A tool that must ask raises NeedsAnswer: the graph pauses, and the function is called again with that field set. An
action pauses for the person's yes before anything else. A paused tool runs again from its first line when it goes on.
"""

import asyncio
import importlib
import inspect
import itertools
import logging
import pkgutil
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import Any

from langchain.tools import ToolRuntime
from langchain_core.tools import BaseTool, StructuredTool
from langchain_core.tools.base import create_schema_from_function
from langgraph.types import interrupt

from agents.effects import Refused, digest, effect, title_of
from agents.errors import NeedsAnswer
from agents.finding import Finding
from agents.results import failed, succeeded
from agents.turn import Turn
from ledgers.errors import LedgerUnavailable, OmcError

log = logging.getLogger(__name__)

Function = Callable[..., Finding]
HIDDEN = ("run", "answer")  # filled by us, never by the model
PLACES = {"tool": "agents.tools", "action": "agents.actions"}
TOOL_SECONDS = 60.0
THREADS = 16


def discover(kind: str) -> dict[str, Function]:
    """Every function of a kind, 'tool' or 'action', by name."""
    package = importlib.import_module(PLACES[kind])
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    return {name: getattr(module, name) for module in modules for name in public(module)}


def public(module: ModuleType) -> list[str]:
    """What a module offers to the model."""
    return [str(name) for name in getattr(module, "__all__", ())]


class FunctionTool(StructuredTool):
    """A wrapped function. LangChain keeps the run's context from tools without arguments; ours need it."""

    def _to_args_and_kwargs(
        self, tool_input: str | dict[str, Any], tool_call_id: str | None
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        args, named = super()._to_args_and_kwargs(tool_input, tool_call_id)
        if not args and not named and isinstance(tool_input, dict) and "runtime" in tool_input:
            return (), {"runtime": tool_input["runtime"]}
        return args, named


@dataclass
class Toolbox:
    """The tools and actions of one process, and the threads they run in."""

    tools: Mapping[str, Function] = field(default_factory=partial(discover, "tool"))
    actions: Mapping[str, Function] = field(default_factory=partial(discover, "action"))
    threads: Executor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, thread_name_prefix="tool"))

    def wrapped(self) -> list[BaseTool]:
        """Everything the model may call."""
        tools = [self._wrap(function, self._use) for function in self.tools.values()]
        return [*tools, *(self._wrap(function, self._act) for function in self.actions.values())]

    def close(self) -> None:
        """Let the threads go; what still runs in one ends without being heard."""
        self.threads.shutdown(wait=False, cancel_futures=True)

    def _wrap(self, function: Function, calling: Callable[..., Any]) -> BaseTool:
        name = function.__name__
        schema = create_schema_from_function(
            name, function, filter_args=HIDDEN, parse_docstring=True, error_on_invalid_docstring=True
        )

        async def call(runtime: ToolRuntime[Turn, Any], **args: Any) -> tuple[str, dict[str, Any]]:
            turn, call_id = runtime.context, runtime.tool_call_id or ""
            await turn.journal.tool_started(call_id, name, args)
            begun = time.perf_counter()
            try:
                result = succeeded(await calling(function, turn, call_id, args))
            except LedgerUnavailable:
                raise
            except OmcError as error:
                result = failed(error)
            except TimeoutError:
                result = failed(OmcError(f"{name} took longer than {TOOL_SECONDS:.0f} s; ask for less."))
            ms = round((time.perf_counter() - begun) * 1000)
            await turn.journal.tool_ended(call_id, name, args, result, ms)
            return result.content, result.artifact

        return FunctionTool.from_function(
            coroutine=call, name=name, args_schema=schema, response_format="content_and_artifact", infer_schema=False
        )

    async def _use(self, function: Function, turn: Turn, call_id: str, args: Mapping[str, Any]) -> Finding:
        """Call a tool, asking the person what it needs to know."""
        finding: Finding = (await self._asking(function, turn, call_id, args))[0]
        return finding

    async def _act(self, function: Function, turn: Turn, call_id: str, args: Mapping[str, Any]) -> Finding:
        """Ask for approval of exactly these arguments, then let the action take effect, once."""
        preview = getattr(inspect.getmodule(function), f"preview_{function.__name__}")
        description, args = await self._asking(preview, turn, call_id, args)
        asked: dict[str, Any] = {
            "kind": "approval",
            "id": f"{call_id}#approval",
            "action": function.__name__,
            "args": dict(args),
            "title": title_of(function),
            "description": description,
            "digest": digest(function.__name__, args),
        }
        decision = interrupt(asked)
        if not decision["approved"]:
            return Refused
        shown = turn.journal.said("approval", id=asked["id"])
        card = shown.payload if shown else None
        finding: Finding = await self._in_thread(partial(effect, function, turn, call_id, args, card))
        return finding

    async def _asking(
        self, function: Callable[..., Any], turn: Turn, call_id: str, args: Mapping[str, Any]
    ) -> tuple[Any, Mapping[str, Any]]:
        """The function's result, and the arguments as completed by the person's answers."""
        for nth in itertools.count():
            try:
                return await self._in_thread(partial(function, turn.context(call_id), **args)), args
            except NeedsAnswer as need:
                if not turn.may_ask(call_id, nth):
                    raise OmcError(f"Not asked again, the person was asked often enough: {need.question}") from need
                asked: dict[str, Any] = {
                    "kind": "question",
                    "id": f"{call_id}#{nth}",
                    "text": need.question,
                    "choices": list(need.choices),
                    "field": need.field,
                    "call": call_id,
                }
            args = {**args, asked["field"]: as_argument(function, asked["field"], interrupt(asked))}
        raise AssertionError

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        async with asyncio.timeout(TOOL_SECONDS):
            try:
                return await asyncio.get_running_loop().run_in_executor(self.threads, work)
            except (OmcError, TimeoutError):
                raise
            except Exception as error:
                log.exception("a tool failed")
                raise OmcError(f"The tool failed for a reason of its own ({type(error).__name__}).") from error


def as_argument(function: Callable[..., Any], name: str, answer: str) -> Any:
    """The person's words as the argument they answer: a list where the function takes one."""
    parameter = inspect.signature(function).parameters.get(name)
    if parameter is None or "list" not in str(parameter.annotation):
        return answer.strip()
    return [part.strip() for part in re.split(r",|;|\band\b|\bvs\.?\b|&", answer) if part.strip()]
