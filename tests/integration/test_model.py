import pytest
from model_server import Say, serving, turns

from agents.config import AgentSettings
from agents.model import DEFAULT, chat_model, cost_usd, model_name, probe, release
from agents.offline import OfflineAnalyst
from ledgers.errors import ConfigurationError

KEYED = {"openai_api_key": "sk-test"}


def test_without_a_key_the_offline_analyst_works():
    settings = AgentSettings()
    assert model_name(settings) == "offline:rules"
    assert isinstance(chat_model(settings), OfflineAnalyst)


def test_a_key_or_an_address_brings_openai():
    assert model_name(AgentSettings(**KEYED)) == DEFAULT
    assert model_name(AgentSettings(openai_base_url="http://127.0.0.1:1/v1")) == DEFAULT
    assert model_name(AgentSettings(**KEYED, model="openai:other")) == "openai:other"
    assert model_name(AgentSettings(**KEYED), "offline:rules") == "offline:rules"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"model": "openai:gpt-5-mini"}, "OPENAI_API_KEY"),
        ({"model": "gpt-5-mini", **KEYED}, "provider:name"),
        ({"model": "anthropic:claude-x"}, "langchain-anthropic"),
        ({"model": "nobody:x"}, "nobody:x cannot be used"),
    ],
)
def test_a_model_that_cannot_be_used_says_what_to_do(settings, says):
    with pytest.raises(ConfigurationError, match=says):
        chat_model(AgentSettings(**settings))


def test_the_key_is_in_no_text_of_the_settings():
    assert "sk-test" not in repr(AgentSettings(**KEYED))


def test_a_cost_is_known_only_where_a_price_is():
    settings = AgentSettings(model_prices={"mini": (0.25, 2.0)})
    used = {"input_tokens": 1_000_000, "output_tokens": 500_000}
    assert cost_usd(settings, "openai:mini", **used) == pytest.approx(1.25)
    assert cost_usd(settings, "openai:other", **used) is None
    assert cost_usd(settings, "offline:rules", **used) == 0.0


@pytest.mark.parametrize(
    ("reply", "ok", "says"),
    [
        (Say(calls=[("get_price", {"symbol": "BTC"})]), True, "calls tools"),
        (Say("BTC is worth a lot."), False, "without calling the tool"),
        (Say(status=401), False, "does not answer"),
    ],
)
async def test_the_probe_says_in_plain_words_whether_a_model_calls_tools(reply, ok, says):
    with serving(turns(reply)) as server:
        model = chat_model(AgentSettings(model="openai:scripted", openai_base_url=server.url))
        verdict = await probe(model)
        await release(model)
    assert verdict.ok is ok
    assert says in verdict.text
