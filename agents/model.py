"""Which model thinks: one behind an API, or the offline analyst where no key is set."""

from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from pydantic import SecretStr

from agents.config import AgentSettings
from ledgers.errors import ConfigurationError

OFFLINE = "offline"
OFFLINE_NAME = "offline:rules"
DEFAULT = "openai:gpt-5-mini"
EXTRAS = {"anthropic": "langchain-anthropic"}


@dataclass(frozen=True)
class Verdict:
    """Whether a model can do this work, in plain words."""

    ok: bool
    text: str


def model_name(settings: AgentSettings, wanted: str | None = None) -> str:
    """The model a run uses: the one wanted, else OMC_MODEL, else OpenAI's where there is a key, else the offline."""
    reachable = settings.openai_api_key is not None or settings.openai_base_url is not None
    return wanted or settings.model or (DEFAULT if reachable else OFFLINE_NAME)


def chat_model(settings: AgentSettings, wanted: str | None = None) -> BaseChatModel:
    """The model by its name, `provider:name` or `offline`.

    Raises:
        ConfigurationError: its key or its package is missing; the message says which.
    """
    provider, _, name = model_name(settings, wanted).partition(":")
    if provider == OFFLINE:
        from agents.offline import OfflineAnalyst  # noqa: PLC0415 - only where it is used

        return OfflineAnalyst()
    if not name:
        raise ConfigurationError(f"OMC_MODEL must look like provider:name, such as {DEFAULT}, not '{provider}'.")
    return _openai(settings, name) if provider == "openai" else _other(settings, provider, name)


def _openai(settings: AgentSettings, name: str) -> BaseChatModel:
    from langchain_openai import ChatOpenAI  # noqa: PLC0415 - two seconds of import
    from openai import DefaultAsyncHttpxClient  # noqa: PLC0415 - as above

    if settings.openai_api_key is None and settings.openai_base_url is None:
        raise ConfigurationError(
            f"The model openai:{name} needs OPENAI_API_KEY (or OPENAI_BASE_URL of a local server)."
        )
    return ChatOpenAI(
        model=name,
        api_key=settings.openai_api_key or SecretStr("none"),
        base_url=settings.openai_base_url,
        timeout=settings.model_seconds,
        max_retries=2,
        stream_usage=True,
        http_async_client=DefaultAsyncHttpxClient(),  # ours to close
    )


async def release(model: BaseChatModel) -> None:
    """Close a model's connections."""
    if client := getattr(model, "http_async_client", None):
        await client.aclose()


def _other(settings: AgentSettings, provider: str, name: str) -> BaseChatModel:
    from langchain.chat_models import init_chat_model  # noqa: PLC0415 - only where another provider is wanted

    try:
        model: BaseChatModel = init_chat_model(name, model_provider=provider, timeout=settings.model_seconds)
    except ImportError as error:
        package = EXTRAS.get(provider, f"langchain-{provider}")
        raise ConfigurationError(f"The model {provider}:{name} needs the package {package}: install it.") from error
    except ValueError as error:
        raise ConfigurationError(f"The model {provider}:{name} cannot be used: {error}") from error
    return model


def cost_usd(settings: AgentSettings, name: str, *, input_tokens: int, output_tokens: int) -> float | None:
    """What a call cost; None where OMC_MODEL_PRICES does not say, nothing for the offline analyst."""
    if name.partition(":")[0] == OFFLINE:
        return 0.0
    prices = settings.model_prices.get(name) or settings.model_prices.get(name.partition(":")[2])
    return None if prices is None else (input_tokens * prices[0] + output_tokens * prices[1]) / 1e6


async def probe(model: BaseChatModel) -> Verdict:
    """Ask the model to call a tool, as the analyst will, and say how that went."""

    def get_price(symbol: str) -> str:
        """The price of a coin."""
        return symbol

    try:
        said = await model.bind_tools([get_price]).ainvoke([HumanMessage("Call get_price for BTC. Do not answer.")])
    except NotImplementedError:
        return Verdict(ok=False, text="The model cannot call tools; choose another one.")
    except Exception as error:  # noqa: BLE001 - whatever a provider's library raises is the verdict
        return Verdict(ok=False, text=f"The model does not answer: {type(error).__name__}: {str(error)[:200]}")
    if not said.tool_calls:
        return Verdict(
            ok=False, text="The model answered without calling the tool it was told to call; choose another."
        )
    return Verdict(ok=True, text="The model answers and calls tools.")
