"""The ReAct graph, and how one part of a run is carried through it."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Required

from langchain.agents import create_agent
from langchain.agents.middleware import AgentState
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.channels.delta import DeltaChannel
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph.message import _messages_delta_reducer
from langgraph.types import Command, StateSnapshot

from agents.config import AgentSettings
from agents.finding import Finding
from agents.middleware import Watch, report_on
from agents.model import chat_model, model_name, release
from agents.outcome import Answered, Asks
from agents.results import Result
from agents.toolbox import Toolbox
from agents.turn import Turn
from ledgers.errors import OmcError

UNANSWERED = "This call was not carried out: the run ended before."
STEPS = 10_000  # the budget ends a run, not LangGraph's count


class ThreadState(AgentState[Any]):
    """Messages are stored as what each step added, with a full copy every so often: a thread grows with its length."""

    messages: Required[Annotated[list[AnyMessage], DeltaChannel(_messages_delta_reducer, snapshot_frequency=50)]]


class Analyst:
    """The conductor of real runs: one compiled graph per model, one checkpointer for all."""

    def __init__(self, settings: AgentSettings, saver: BaseCheckpointSaver[Any], toolbox: Toolbox) -> None:
        """Models are made when a run wants them."""
        self.settings, self.saver, self.toolbox = settings, saver, toolbox
        self.make_model: Callable[[AgentSettings, str], BaseChatModel] = chat_model
        self._tools = toolbox.wrapped()
        self._models: dict[str, BaseChatModel] = {}
        self._graphs: dict[str, Any] = {}

    def model_name(self, wanted: str | None) -> str:
        """The model that a run would use."""
        return model_name(self.settings, wanted)

    def graph(self, model: str) -> Any:
        """The graph that thinks with that model."""
        if model not in self._graphs:
            self._models[model] = self.make_model(self.settings, model)
            self._graphs[model] = create_agent(
                self._models[model],
                self._tools,
                middleware=[Watch()],
                state_schema=ThreadState,
                context_schema=Turn,
                checkpointer=self.saver,
            )
        return self._graphs[model]

    async def close(self) -> None:
        """Close the models' connections."""
        for model in self._models.values():
            await release(model)

    async def forget(self, thread_id: str) -> None:
        """Throw away the checkpoints of a deleted conversation."""
        await self.saver.adelete_thread(thread_id)

    async def carry(self, turn: Turn) -> Asks | Answered:
        """Go on from wherever the thread stands until the turn asks or ends."""
        graph = self.graph(turn.model)
        config: RunnableConfig = {"configurable": {"thread_id": turn.thread_id}, "recursion_limit": STEPS}
        state = await graph.aget_state(config)
        while True:
            if asks := unanswered(state, turn):
                return asks
            entry = entrance(state, turn)
            if entry is DONE:
                return answered(state.values["messages"], turn)
            await self._stream(graph, config, entry, turn)
            state = await graph.aget_state(config)

    async def _stream(self, graph: Any, config: RunnableConfig, entry: Any, turn: Turn) -> None:
        stream = graph.astream(entry, config, context=turn, stream_mode=["messages", "updates"], durability="sync")
        async for mode, data in stream:
            if mode == "messages":
                message, at = data
                if isinstance(message, AIMessage) and at.get("langgraph_node") == "model" and message.text:
                    await turn.journal.token(str(message.text))
            else:
                await note_updates(data, turn)


DONE = object()


def entrance(state: StateSnapshot, turn: Turn) -> Any:
    """Where the graph is entered: with the message, with the person's replies, where it stopped, or not at all."""
    messages: list[AnyMessage] = state.values.get("messages", [])
    if all(message.id != turn.run_id for message in messages):
        return {"messages": [*closing(messages), HumanMessage(turn.message, id=turn.run_id)]}
    if state.interrupts:
        replies = turn.replies()
        return Command(resume={pause.id: replies[pause.value["id"]] for pause in state.interrupts})
    return None if state.next else DONE


def unanswered(state: StateSnapshot, turn: Turn) -> Asks | None:
    """The first pause of this run that the person has not replied to; parallel ones are put one after the other."""
    if all(message.id != turn.run_id for message in state.values.get("messages", [])):
        return None  # what pauses here belongs to a run that was given up
    replies = turn.replies()
    for pause in state.interrupts:
        if pause.value["id"] not in replies:
            return Asks(pause.value["kind"], {k: v for k, v in pause.value.items() if k != "kind"})
    return None


def closing(messages: list[AnyMessage]) -> list[AnyMessage]:
    """An answer to every tool call that has none, so that a thread given up half-way can be gone on with."""
    done = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    calls = [call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls]
    return [
        ToolMessage(UNANSWERED, tool_call_id=call["id"], name=call["name"], status="error")
        for call in calls
        if call["id"] not in done
    ]


async def note_updates(data: Mapping[str, Any], turn: Turn) -> None:
    """Void text that led to tool calls, and note tool calls that never reached a tool."""
    for update in data.values():
        for message in (update or {}).get("messages", ()) if isinstance(update, Mapping) else ():
            if isinstance(message, AIMessage) and message.tool_calls:
                await turn.journal.reset_text("tool")
            elif isinstance(message, ToolMessage) and turn.journal.said("tool_ended", id=message.tool_call_id) is None:
                await note_misfire(message, turn)


async def note_misfire(message: ToolMessage, turn: Turn) -> None:
    """A call of an unknown tool, or one with arguments that no tool takes."""
    text, name = str(message.text), message.name or "?"
    result = Result(text, Finding(text).to_json(), error=text)
    await turn.journal.tool_started(message.tool_call_id, name, {})
    await turn.journal.tool_ended(message.tool_call_id, name, {}, result, None)


def answered(messages: list[AnyMessage], turn: Turn) -> Answered:
    """The answer that stands at the end of the thread, with its evidence.

    Raises:
        OmcError: the model said nothing.
    """
    text = str(messages[-1].text).strip() if isinstance(messages[-1], AIMessage) else ""
    if not text:
        raise OmcError("The model gave no answer. Ask again, or choose another model.")
    return Answered(report_on(text, messages, turn).to_json())
