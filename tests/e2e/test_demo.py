"""The first start on an empty home: no key, no data, no network: the demo market, made up on the spot."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def demo(make_product):
    product = make_product(words=("--demo",))
    product.start()
    return product


def test_the_demo_market_answers_with_a_chart_and_says_everywhere_that_it_is_simulated(demo, visit):
    page = visit(demo).sign_in()
    page.locator("#starters button").first.click()
    page.wait_for_selector(".js-plotly-plot .main-svg")
    page.locator(".evidence-open").click()
    expect(page.locator("#evidence-panel")).to_contain_text("simulated glass.candle:BTC/1d")
    for path in ("/", "/thread/none", "/login", "/env"):
        page.goto(demo.url + path)
        banner = page.locator(".omc-banner-simulated")
        expect(banner).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    box = banner.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_another_start_at_the_same_address_says_what_to_do(demo, make_product):
    second = make_product(words=("--demo",), port=demo.port)
    with pytest.raises(AssertionError, match=f"--port {demo.port + 1}"):
        second.start()


def test_the_link_signs_in_once_and_then_the_terminal_shows_a_new_one(demo, visit):
    visit(demo).sign_in()
    stranger = visit(demo)
    page = stranger.open(demo.link, ready="h1")
    expect(page.locator("h1")).to_have_text("This link was used already")
    demo.link = demo.hears(r"A new one: (http\S+)")
    page.goto(demo.link)
    page.wait_for_selector("#starters")
    stranger.complaints.clear()  # the refused link is one


def test_every_part_is_ready(demo):
    import httpx

    answer = httpx.get(f"{demo.url}/ready")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert set(answer.json()) == {"ready", "postgres", "valkey", "migrations", "checkpointer", "last_collection"}
