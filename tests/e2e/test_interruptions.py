"""A run outlives the tab, the reload and the server, and a person can stop it. The test says when the model speaks."""

import threading
from dataclasses import dataclass, field

import pytest
from model_server import Say, serving
from playwright.sync_api import expect

pytestmark = [pytest.mark.e2e, pytest.mark.faults]

WORDS = "Bitcoin goes on and on."


@dataclass
class Scripted:
    """What the model says to the last message; it holds after the first word until `go` is set."""

    go: threading.Event = field(default_factory=threading.Event)

    def __call__(self, messages):
        asked = [str(message["content"]) for message in messages if message["role"] == "user"][-1]
        after_tool = messages[-1]["role"] == "tool"
        if "luna" in asked and not after_tool:
            return Say(calls=[("get_price_data", {"symbol": "luna", "days": 7})])
        if "alias" in asked and not after_tool:
            return Say(calls=[("add_coin_alias", {"symbol": "BTC", "alias": "goldcoin"})])
        if after_tool:
            return Say(text=f"Done. {messages[-1]['content'][:40]}")
        return Say(text=WORDS, hold=self.go)


@pytest.fixture(scope="module")
def script():
    scripted = Scripted()
    yield scripted
    scripted.go.set()


@pytest.fixture(scope="module")
def slow(make_product, script):
    """The product over a model behind the OpenAI protocol."""
    with serving(script) as model:
        settings = {"OMC_MODEL": "openai:scripted", "OPENAI_BASE_URL": model.url, "OPENAI_API_KEY": "none"}
        product = make_product(settings=settings)
        product.start()
        yield product
        script.go.set()
        product.stop()


@pytest.fixture(autouse=True)
def _held(script):
    script.go.clear()


def speaking(page):
    return page.locator("[data-step-type=assistant_message]", has_text="Bitcoin").last


def test_the_stop_button_stops_the_run_and_what_was_written_stays(slow, visit, say):
    page = visit(slow).sign_in()
    say(page, "Tell me about bitcoin")
    expect(speaking(page)).to_be_visible()
    page.locator("#stop-button").click()
    page.wait_for_selector("#stop-button", state="detached")
    page.wait_for_url("**/thread/*")
    page.reload()
    expect(page.locator(".step", has_text="Stopped.").last).to_be_visible()
    expect(speaking(page)).to_be_visible()
    say(page, "Add alias goldcoin for BTC")  # the conversation goes on
    page.locator("button[id^=omc-reject]").click()
    expect(page.locator(".step", has_text="Rejected").last).to_be_visible()


def test_a_reload_shows_what_was_said_and_goes_on_live(slow, visit, say, script):
    page = visit(slow).sign_in()
    say(page, "Tell me about bitcoin")
    expect(speaking(page)).to_be_visible()
    page.wait_for_url("**/thread/*")
    page.reload()
    expect(speaking(page)).to_be_visible()
    script.go.set()
    expect(speaking(page)).to_contain_text(WORDS)
    page.wait_for_selector("#stop-button", state="detached")


def test_a_reload_finds_its_conversation_in_whatever_order_the_server_answers(slow, visit, say, script):
    page = visit(slow).sign_in()
    script.go.set()
    say(page, "Tell me about bitcoin")
    expect(speaking(page)).to_contain_text(WORDS)
    page.wait_for_url("**/thread/*")
    waiting = []

    def answer_the_later_one_first(route):
        waiting.append(route)
        if len(waiting) == 2:
            for request in reversed(waiting):
                request.fulfill(json={"message": "set"})

    page.route("**/set-session-cookie", answer_the_later_one_first)
    page.reload()
    expect(speaking(page)).to_contain_text(WORDS)


def test_closing_the_tab_stops_nothing(slow, visit, say, script):
    visitor = visit(slow)
    page = visitor.sign_in()
    say(page, "Tell me about bitcoin")
    expect(speaking(page)).to_be_visible()
    page.wait_for_url("**/thread/*")
    address = page.url
    page.close()
    script.go.set()
    expect(speaking(visitor.open(address))).to_contain_text(WORDS)


def test_a_pending_question_survives_the_death_of_the_server_and_the_answer_goes_on(slow, visit, say):
    page = visit(slow).sign_in()
    say(page, "How is luna doing?")
    choice = page.locator("button[id^=omc-]", has_text="LUNC")
    choice.wait_for()
    slow.kill()
    slow.start()
    page.reload()
    choice.wait_for()
    expect(choice).to_have_count(1)
    choice.click()
    expect(page.locator("[data-step-type=assistant_message]", has_text="Done.").last).to_be_visible()
    page.reload()
    expect(page.locator("[data-step-type=user_message]")).to_have_text(["How is luna doing?", "LUNC"])


def test_an_approval_survives_the_death_of_the_server_and_takes_effect_once(slow, visit, say):
    page = visit(slow).sign_in()
    say(page, "Add alias goldcoin for BTC")
    page.locator("button[id^=omc-approve]").wait_for()
    slow.kill()
    slow.start()
    page.locator("button[id^=omc-approve]").dblclick()  # before or after the page has found the server again
    expect(page.locator("[data-step-type=assistant_message]", has_text="Done.").last).to_be_visible()
    expect(page.locator(".step", has_text="✅ Approved")).to_have_count(1)


def test_a_button_pressed_while_the_server_is_away_counts_once_it_is_back(slow, visit, say):
    page = visit(slow).sign_in()
    say(page, "Add alias goldcoin for BTC")
    approve = page.locator("button[id^=omc-approve]")
    approve.wait_for()
    slow.kill()
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/project/action")):
        approve.click()
    slow.start()
    expect(page.locator(".step", has_text="✅ Approved")).to_have_count(1)


def test_a_run_cut_off_by_a_crash_says_so_and_goes_on_when_asked(slow, visit, say, script):
    page = visit(slow).sign_in()
    say(page, "Tell me about bitcoin")
    expect(speaking(page)).to_be_visible()
    slow.kill()
    slow.start()
    go_on = page.locator("button[id^=omc-continue]")
    go_on.wait_for()
    script.go.set()
    go_on.click()
    expect(speaking(page)).to_contain_text(WORDS)
    go_on.wait_for(state="detached")
