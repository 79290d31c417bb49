"""The rules as a LangChain chat model: it drives the same ReAct graph as a language model, and streams as one does."""

import json
import re
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, SystemMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import ToolCallChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from agents.offline.lookups import Call
from agents.offline.react import next_calls, understood
from agents.offline.turn import Turn, message_text, turn
from agents.offline.write import answer
from ledgers.errors import ConfigurationError

NAME = "offline:rules"
NOTHING_USED = UsageMetadata(input_tokens=0, output_tokens=0, total_tokens=0)
_SPACE = uuid.UUID("6f6d6321-0000-4000-8000-6f66666c696e")
_ROUNDS = 8  # of tool calls in one turn; more means that the rules go in circles


class OfflineAnalyst(BaseChatModel):
    """Answers without a network or a key. Same messages and clock, same reply."""

    clock: Callable[[], datetime] | None = None  # else the run's own, from the graph's context

    @property
    def _llm_type(self) -> str:
        return "offline-rules"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": NAME}

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[Any, AIMessage]:
        """Bind the tools; only those are ever called."""
        del tool_choice  # the rules choose
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager
        calls, text, key = self._reply(messages, kwargs)
        made = [{"name": call.name, "args": call.args, "id": call_id(key, n)} for n, call in enumerate(calls)]
        message = AIMessage(content=text, tool_calls=made, usage_metadata=NOTHING_USED)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        del stop
        for chunk in self._chunks(messages, kwargs):
            if run_manager:
                run_manager.on_llm_new_token(str(chunk.text), chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        del stop
        for chunk in self._chunks(messages, kwargs):
            if run_manager:
                await run_manager.on_llm_new_token(str(chunk.text), chunk=chunk)
            yield chunk

    def _chunks(self, messages: list[BaseMessage], bound: dict[str, Any]) -> Iterator[ChatGenerationChunk]:
        """The reply word by word, or its tool calls, each whole in one chunk; the last chunk tells the usage."""
        calls, text, key = self._reply(messages, bound)
        for word in re.findall(r"\S+\s*|\s+", text):
            yield ChatGenerationChunk(message=AIMessageChunk(content=word))
        for n, call in enumerate(calls):
            piece = ToolCallChunk(name=call.name, args=json.dumps(call.args), id=call_id(key, n), index=n)
            yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=[piece]))
        ended = AIMessageChunk(content="", usage_metadata=NOTHING_USED, chunk_position="last")
        yield ChatGenerationChunk(message=ended)

    def _reply(self, messages: list[BaseMessage], bound: dict[str, Any]) -> tuple[tuple[Call, ...], str, str]:
        """The tool calls to make, or the text to answer, and the key that their ids derive from."""
        current = turn(messages)
        clock = self._clock(messages)
        offered = {tool["function"]["name"] for tool in bound.get("tools", ())}
        calls = (
            tuple(call for call in next_calls(current, clock) if call.name in offered) if rounds_left(current) else ()
        )
        return calls, "" if calls else answer(understood(current, clock), current), current.key

    def _clock(self, messages: list[BaseMessage]) -> datetime:
        """The moment the question is asked from: given, else told in the system message, else the run's."""
        if self.clock is not None:
            return self.clock()
        for message in messages:
            found = re.search(r"\bclock:\s*(\d{4}-\d\d-\d\dT[\d:.]+)", message_text(message), re.IGNORECASE)
            if isinstance(message, SystemMessage) and found:
                return datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
        return _run_clock()


def _run_clock() -> datetime:
    """The clock of the run this call belongs to."""
    from langgraph.runtime import get_runtime  # noqa: PLC0415 - heavy, and only inside of a graph

    try:
        context: Any = get_runtime().context
    except RuntimeError:
        context = None
    moment = getattr(context, "as_of", None) or getattr(context, "now", None)
    if moment is None:
        raise ConfigurationError("The offline analyst was called without a clock: give it one, or run it in the graph.")
    told: datetime = moment.astimezone(UTC)
    return told


def rounds_left(current: Turn) -> bool:
    """Whether the turn may still call tools."""
    return current.rounds < _ROUNDS


def call_id(key: str, place: int) -> str:
    """The id of a tool call, the same whenever the same state of the same thread is answered."""
    return f"call_{uuid.uuid5(_SPACE, f'{key}/{place}').hex[:24]}"
