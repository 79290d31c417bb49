"""A newcomer with the offline analyst: no key, and nothing from outside."""

import csv
import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e


def test_a_starter_gives_a_streamed_answer_with_a_chart_its_evidence_and_a_download(product, visit, tmp_path):
    page = visit(product).sign_in()
    expect(page.locator("#starters button")).to_have_count(4)
    page.locator("#starters button").first.click()
    page.wait_for_selector(".js-plotly-plot .main-svg")
    page.locator(".evidence-open").click()
    panel = page.locator("#evidence-panel")
    expect(panel).to_contain_text("glass.candle:BTC/1d/BINANCE:USDT")
    for fact in ("Source", "binance_candles", "Rows", "Age when answered", "Quality"):
        expect(panel).to_contain_text(fact)
    expect(page.locator(".step[data-step-type=tool]").first).to_contain_text("BTC")
    with page.expect_download() as waiting:
        page.locator("a.inline-file").first.click()
    saved = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(saved)
    assert saved.stat().st_size > 100


def test_a_number_in_the_answer_opens_its_evidence_beside_the_chat(product, visit, say):
    page = visit(product).sign_in()
    say(page, "How did ETH move over the last 10 days?")
    page.locator("a[href^='#evidence-']").first.click()
    chosen = page.locator("#evidence-panel section.border-primary")
    expect(chosen).to_contain_text("glass.candle:ETH")
    assert page.url.count("#") == 0


def test_what_a_tool_said_is_read_without_scrolling_sideways(product, visit, say):
    page = visit(product, viewport={"width": 390, "height": 800}).sign_in()
    say(page, "How did ETH move over the last 10 days?")
    page.wait_for_selector(".evidence-open")
    page.locator(".step[data-step-type=tool] button").first.click()
    told = page.locator(".step[data-step-type=tool] pre code").first
    expect(told).to_contain_text("ETH")
    assert told.evaluate("node => node.scrollWidth <= node.clientWidth + 1")
    assert told.evaluate("node => node.getBoundingClientRect().right <= window.innerWidth")


def test_a_table_is_shown_in_place_and_is_a_csv_file_to_keep(product, visit, say, tmp_path):
    page = visit(product).sign_in()
    say(page, "Export the daily candles of SOL for the last 14 days as a CSV file")
    page.wait_for_selector(".dataframe tbody tr")
    with page.expect_download() as waiting:
        page.locator("a.inline-file", has_text=".csv").last.click()
    saved = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(saved)
    with saved.open() as file:
        assert len(list(csv.DictReader(file))) >= 13


def test_a_question_is_a_card_and_the_typed_answer_goes_on_with_the_same_run(product, visit, say):
    page = visit(product).sign_in()
    say(page, "How is luna doing?")
    choice = page.locator("button[id^=omc-]", has_text="LUNC")
    choice.wait_for()
    say(page, "LUNC")
    choice.wait_for(state="detached")
    page.wait_for_selector("#stop-button", state="detached")
    assert page.locator("[data-step-type=user_message]").all_inner_texts() == ["How is luna doing?", "LUNC"]


@pytest.mark.parametrize(("button", "verdict"), [("Approve", "✅ Approved"), ("Reject", "🚫 Rejected")])
def test_an_action_waits_for_a_yes_or_a_no(product, visit, say, button, verdict):
    page = visit(product).sign_in()
    say(page, f"Add alias {button.lower()}coin for BTC")
    card = page.locator("button[id^=omc-]", has_text=button)
    card.wait_for()
    expect(page.locator(".step", has_text="Nothing happens until you approve").last).to_contain_text("coin")
    card.dblclick()
    expect(page.locator(".step", has_text=verdict).last).to_be_visible()
    page.wait_for_selector("button[id^=omc-]", state="detached")
    expect(page.locator(".step", has_text=verdict)).to_have_count(1)


def test_conversations_are_found_renamed_reopened_and_deleted(product, visit, say):
    page = visit(product).sign_in()
    say(page, "What was the fear and greed index over the last 5 days?")
    page.wait_for_selector(".evidence-open")
    thread = re.search(r"/thread/([\w-]+)", page.url)[1]
    answer = text_of(page)
    page.locator("#new-chat-button").click()
    page.wait_for_selector("#starters")

    mine = page.locator(f"#thread-{thread}")
    mine.hover()
    page.locator(f"#thread-{thread} #thread-options").click()
    page.locator("#rename-thread").click()
    page.locator("[role=dialog] input").fill("Greedy days")
    page.locator("[role=dialog] button", has_text="Confirm").click()
    expect(mine).to_contain_text("Greedy days")

    mine.click()
    page.wait_for_selector(".evidence-open")
    assert text_of(page) == answer

    mine.hover()
    page.locator(f"#thread-{thread} #thread-options").click()
    page.locator("#delete-thread").click()
    page.locator("[role=alertdialog] button", has_text="Confirm").click()
    mine.wait_for(state="detached")


def test_a_thumb_is_kept(product, visit, say):
    page = visit(product).sign_in()
    say(page, "How did BTC move over the last 7 days?")
    page.wait_for_selector(".evidence-open")
    page.wait_for_selector("#stop-button", state="detached")  # the buttons are drawn anew when the run has ended
    page.locator(".positive-feedback-off").click()
    page.locator("#submit-feedback").click()
    page.wait_for_selector(".positive-feedback-on")
    page.reload()
    page.wait_for_selector(".positive-feedback-on")


def test_a_date_in_the_settings_is_a_banner_and_answers_know_nothing_later(product, visit, say):
    page = visit(product).sign_in()
    day = datetime.now(UTC).date().replace(day=1).isoformat()
    page.locator("#chat-settings-open-modal").click()
    page.locator("#as_of").fill(day)
    page.locator("#confirm").click()
    expect(page.locator(".omc-banner-as-of")).to_contain_text(day)
    page.reload()
    expect(page.locator(".omc-banner-as-of")).to_contain_text(day)
    page.locator("#chat-settings-open-modal").click()
    page.locator("#as_of").fill("the day before")
    page.locator("#confirm").click()
    expect(page.locator("[data-sonner-toast]")).to_contain_text("not a date")
    page.locator("#chat-settings-open-modal").click()
    page.locator("#as_of").fill("")
    page.locator("#confirm").click()
    page.wait_for_selector(".omc-banner-as-of", state="detached")


def test_the_page_tells_a_newcomer_what_to_ask(product, visit):
    page = visit(product).sign_in()
    page.locator("#readme-button").click()
    expect(page.locator("[role=dialog]")).to_contain_text("Good first questions")
    assert page.title() == "Oh My Coins"


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1440)])
def test_nothing_is_cut_off_narrow_or_wide_light_or_dark(product, visit, say, scheme, width):
    page = visit(product, viewport={"width": width, "height": 800}, color_scheme=scheme).sign_in()
    assert page.evaluate("document.documentElement.className") == scheme
    are_within(page, width, "#starters", "#header", "#chat-input")
    say(page, "How did ETH move over the last 10 days?")
    page.wait_for_selector(".evidence-open")
    are_within(page, width, "#header", "#chat-input", ".watermark")


def are_within(page, width, *parts):
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for part in parts:
        box = page.locator(part).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert page.locator(part).evaluate("node => node.scrollWidth <= node.clientWidth"), f"{part} is cut"


def test_after_a_restart_a_conversation_is_there_with_its_chart_and_its_files(product, visit, say):
    page = visit(product).sign_in()
    say(page, "Chart BTC over the last 30 days")
    page.wait_for_selector(".js-plotly-plot .main-svg")
    page.wait_for_selector(".evidence-open")
    before = text_of(page)
    product.stop()
    product.start()
    page.reload()
    page.wait_for_selector(".js-plotly-plot .main-svg")
    assert text_of(page) == before
    with page.expect_download() as waiting:
        page.locator("a.inline-file").first.click()
    assert waiting.value.failure() is None


def text_of(page):
    """The answer's text, without its charts and tables, which take their time."""
    return page.locator("[data-step-type=assistant_message]").last.locator("[role=article]").all_inner_texts()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_the_data_page_opens_from_the_header_and_fits(product, visit, scheme, width):
    visitor = visit(product, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = visitor.sign_in()
    with visitor.context.expect_page() as opening:
        page.locator("#header a[href='/data']").click()
    data = opening.value
    expect(data.locator("h1")).to_have_text("Data")
    expect(data.locator("main")).to_contain_text("Nothing has been collected yet")
    expect(data.locator("tbody tr", has_text="coinspot_quotes").first).to_contain_text("waiting")
    assert data.evaluate("document.documentElement.scrollWidth") <= width
    data.locator("a.back").click()
    data.wait_for_selector("#chat-input")
