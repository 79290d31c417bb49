"""The graph's middleware, thin over plain modules: the prompt, the budget, the evidence check."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

from langchain.agents.middleware import AgentMiddleware, AgentState, hook_config
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.runtime import Runtime
from langgraph.types import interrupt

from agents import budget, evidence, prompts
from agents.errors import BudgetReached, ProcessEnds
from agents.turn import Turn
from ledgers.errors import OmcError

LONGEST_HISTORY = 240_000  # characters of messages that a model gets to read
STOPPED = "I stopped here, as you asked; what the tools found so far is shown above."

Call = Callable[[ModelRequest[Turn]], Awaitable[ModelResponse[Any]]]


class Watch(AgentMiddleware[AgentState[Any], Turn]):
    """Asks before a run goes over its budget, and has an answer without support rewritten once."""

    @hook_config(can_jump_to=["end"])
    async def abefore_model(self, state: AgentState[Any], runtime: Runtime[Turn]) -> dict[str, Any] | None:
        """Pause and ask where the budget is used up; go no further where this process is about to end."""
        turn = runtime.context
        if turn.journal.stopping:
            raise ProcessEnds("This process ends.")
        grants = budget.granted(turn.run_id, turn.replies())
        calls = sum(isinstance(message, AIMessage) for message in since(state["messages"], turn.run_id))
        worked = time.monotonic() - turn.began
        try:
            budget.check(turn.limits, model_calls=calls, seconds=worked, grants=grants)
        except BudgetReached as reached:
            question = {"kind": "question", "id": budget.budget_id(turn.run_id, grants), "field": "budget"}
            reply = interrupt({**question, "text": str(reached), "choices": [budget.GO_ON, budget.STOP_HERE]})
            if not budget.goes_on(reply):
                return {"messages": [AIMessage(STOPPED)], "jump_to": "end"}
        return None

    async def awrap_model_call(self, request: ModelRequest[Turn], handler: Call) -> ModelResponse[Any]:
        """Call the model; where numbers of its answer have no support, have it rewritten, once a run."""
        turn = request.runtime.context
        prompt = SystemMessage(prompts.analyst(turn))
        request = request.override(system_message=prompt, messages=recent(request.messages))
        first = await self._called(handler, request)
        draft = cast("AIMessage", first.result[-1])
        report = self._report(request, draft)
        if not report or not report.unsupported_numbers or turn.journal.said("text_reset", reason="rewrite"):
            return first
        await turn.journal.reset_text("rewrite")
        told = HumanMessage(prompts.rewrite(report.unsupported_numbers))
        second = await self._called(handler, request.override(messages=[*request.messages, draft, told]))
        again = self._report(request, second.result[-1])
        worse = again and len(again.unsupported_numbers) > len(report.unsupported_numbers)
        return first if worse else second

    async def _called(self, handler: Call, request: ModelRequest[Turn]) -> ModelResponse[Any]:
        """One call of the model, counted, and ended when it drips on for longer than a whole run may take."""
        turn = request.runtime.context
        try:
            async with asyncio.timeout(turn.limits.seconds):
                response = await handler(request)
        except TimeoutError as error:
            raise OmcError(f"The model did not finish within {turn.limits.seconds:.0f} s.") from error
        await turn.used(response.result)
        return response

    def _report(self, request: ModelRequest[Turn], said: Any) -> "evidence.Report | None":
        """The check of a final answer; None where the model calls tools."""
        if not isinstance(said, AIMessage) or said.tool_calls:
            return None
        return report_on(str(said.text), request.state["messages"], request.runtime.context)


def report_on(answer: str, messages: list[AnyMessage], turn: Turn) -> "evidence.Report":
    """The evidence check of an answer against everything the thread's tools returned and the person said."""
    if turn.checked is not None and turn.checked.text == evidence.without_keys(answer.strip())[0]:
        return turn.checked
    now = since(messages, turn.run_id)
    said = [str(m.text) for m in messages if isinstance(m, HumanMessage)]
    replies = [reply for reply in turn.replies().values() if isinstance(reply, str)]
    turn.checked = evidence.check(
        answer.strip(),
        findings_of(now),
        earlier=findings_of(messages[: len(messages) - len(now)]),
        asked=[*said, turn.message, *replies],
        clock=turn.clock,
    )
    return turn.checked


def findings_of(messages: list[AnyMessage]) -> list[dict[str, Any]]:
    """The findings that came with tool messages."""
    return [m.artifact for m in messages if isinstance(m, ToolMessage) and isinstance(m.artifact, dict)]


def since(messages: list[AnyMessage], run_id: str) -> list[AnyMessage]:
    """The messages after the one that began this run."""
    for at in range(len(messages) - 1, -1, -1):
        if messages[at].id == run_id:
            return messages[at + 1 :]
    return messages


def recent(messages: list[AnyMessage]) -> list[AnyMessage]:
    """Whole turns from the end, as many as fit what a model can read; the last one always."""
    starts = [at for at, message in enumerate(messages) if isinstance(message, HumanMessage)] or [0]
    sizes = [len(str(message.content)) for message in messages]
    kept = starts[-1]
    for start in reversed(starts):
        if sum(sizes[start:]) > LONGEST_HISTORY:
            break
        kept = start
    return messages[kept:]
