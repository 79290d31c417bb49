"""Conversations as they grow: how long their state takes to come back, what they store, what a late turn costs."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from agents.config import AgentSettings
from agents.context import RunContext
from agents.finding import Evidence, Figure, Finding
from agents.graph import Analyst
from agents.runs import Runs
from agents.start import analyst
from agents.toolbox import Toolbox
from benchmarks.bench import Bench, Result, administer, at_most
from ledgers.app import LOCAL_USER, ensure_local_user
from ledgers.store import Ledger

MESSAGES_A_TURN = 4  # question, tool call, its result, answer
LENGTHS = (100, 1_000)
READS = 40
REQUIRED_MS = 500.0
AIMED_MS = 150.0
TIMES_STATE = 15.0
TIMES_A_SHORT_TURN = 3.0
KEY = "glass.candle:BTC/1d/BINANCE:USDT 2024-04-01..2024-04-20"


class Brisk(BaseChatModel):
    """A model with no delay: calls the tool, then answers from it."""

    @property
    def _llm_type(self) -> str:
        return "brisk"

    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:  # noqa: ARG002 - it knows its one tool
        """Nothing to bind."""
        return self

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002 - the library's signature
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - as above
        **kwargs: Any,  # noqa: ARG002 - as above
    ) -> ChatResult:
        said = AIMessage("BTC closed at 67,234.50 USDT.") if isinstance(messages[-1], ToolMessage) else self._call()
        return ChatResult(generations=[ChatGeneration(message=said)])

    def _call(self) -> AIMessage:
        return AIMessage("", tool_calls=[{"name": "price", "args": {"symbol": "BTC"}, "id": f"c{time.time_ns()}"}])


def price(run: RunContext, symbol: str) -> Finding:  # noqa: ARG001 - every tool gets its run
    """The price of a coin.

    Args:
        run: the run.
        symbol: ticker.
    """
    evidence = Evidence(KEY, "glass", "binance", "2024-04-02T00:00:00+00:00", "2024-04-21T00:00:00+00:00", None, 20)
    figures = tuple(Figure(f"figure_{n}", 67_234.5 + n, "USDT", KEY) for n in range(8))
    return Finding(f"{symbol} closed at 67,234.50 USDT [{KEY}]. " + "It moved a little. " * 20, (evidence,), figures)


def measure(bench: Bench) -> Iterator[Result]:
    """A thread of 100 messages, and one of 1,000 at full scale."""
    for length in LENGTHS:
        if length <= max(LENGTHS[0], LENGTHS[-1] * bench.scale):
            yield from asyncio.run(_grown(bench, length))


async def _grown(bench: Bench, length: int) -> list[Result]:
    ledger = bench.ledger(f"threads_{length}")
    with ledger.session() as session:
        ensure_local_user(session, now=datetime.now(UTC))
    async with _runs(bench, ledger) as runs:
        empty = _stored(ledger)
        thread_id, turns = await _grow(runs, length // MESSAGES_A_TURN)
        conductor = runs.conductor
        if not isinstance(conductor, Analyst):
            raise TypeError
        graph, config = conductor.graph("offline:rules"), {"configurable": {"thread_id": thread_id}}
        reads = []
        for _ in range(READS):
            begun = time.perf_counter()
            state = await graph.aget_state(config)
            reads.append((time.perf_counter() - begun) * 1000)
        size = len(JsonPlusSerializer().dumps_typed(state.values["messages"])[1])
    p95 = statistics.quantiles(reads, n=20)[-1]
    what = f"{len(state.values['messages']):,} messages: "
    short, late = statistics.median(turns[1:4]), statistics.median(turns[-5:])
    middle = statistics.median(reads)
    read = (
        at_most(f"{what}state read, p95", p95, "ms", REQUIRED_MS, f"median {middle:.1f} ms")
        if length == LENGTHS[0]
        else at_most(f"{what}state read, median", middle, "ms", AIMED_MS, f"p95 {p95:.1f} ms")
    )
    return [
        read,
        at_most(f"{what}stored over state", (_stored(ledger) - empty) / size, "x", TIMES_STATE, f"{size:,} B of state"),
        at_most(f"{what}late turn over early", late / short, "x", TIMES_A_SHORT_TURN, f"{late * 1000:.0f} ms"),
    ]


@asynccontextmanager
async def _runs(bench: Bench, ledger: Ledger) -> AsyncIterator[Runs]:
    toolbox = Toolbox(tools={"price": price}, actions={})
    with tempfile.TemporaryDirectory(prefix="omc-bench-") as home:
        async with analyst(
            AgentSettings(model="offline:rules"), ledger, bench.endpoints.redis_url, Path(home), toolbox=toolbox
        ) as runs:
            if isinstance(runs.conductor, Analyst):
                runs.conductor.make_model = lambda _settings, _name: Brisk()
            yield runs


async def _grow(runs: Runs, turns: int) -> tuple[str, list[float]]:
    """Ask so often in one thread; returns it and the seconds of each turn."""
    thread_id, taken = None, []
    for number in range(turns):
        begun = time.perf_counter()
        run_id = await runs.start(user_id=LOCAL_USER, message=f"What is BTC worth, {number}?", thread_id=thread_id)
        async for event in runs.follow(run_id, user_id=LOCAL_USER):
            thread_id = event.payload.get("thread_id", thread_id)
        taken.append(time.perf_counter() - begun)
    return str(thread_id), taken


def _stored(ledger: Ledger) -> int:
    sizes = administer(
        ledger,
        "select coalesce(sum(pg_total_relation_size(c.oid)), 0) from pg_class c join pg_namespace n"
        " on n.oid = c.relnamespace where n.nspname = 'checkpoints' and c.relkind = 'r'",
    )
    return int(sizes[0][0])
