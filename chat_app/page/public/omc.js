// Banners above every page: the simulated market, and the date that answers are from while one is set.
(() => {
  const place = document.getElementById("omc-banners");

  const put = (kind, text) => {
    let banner = place.querySelector(`.omc-banner-${kind}`);
    if (!text) return banner?.remove();
    if (!banner) {
      banner = document.createElement("div");
      banner.className = `omc-banner omc-banner-${kind}`;
      place.append(banner);
    }
    banner.textContent = text;
  };

  if (place.dataset.simulated === "true") put("simulated", "Simulated market: no figure is real");

  window.addEventListener("message", (event) => {
    const said = event.source === window && event.data?.omc;
    if (said) put("as-of", said.as_of && `As of ${said.as_of}`);
  });
})();

// A server that is away for a moment is not a person who signed out: ask again, rather than leave the page.
(() => {
  const once = window.fetch.bind(window);
  const pause = () => new Promise((done) => setTimeout(done, 1000));

  window.fetch = async (input, init) => {
    const asked = new URL(input instanceof Request ? input.url : input, window.location.href);
    for (;;) {
      try {
        return await once(input, init);
      } catch (away) {
        if (asked.pathname !== "/user" || init?.signal?.aborted) throw away;
        await pause();
      }
    }
  };
})();
