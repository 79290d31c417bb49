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
    if (said && "as_of" in said) put("as-of", said.as_of && `As of ${said.as_of}`);
  });
})();

// Live notices: a card for each listing, delisting and 8-K, one quiet line for how feeds do. Each tab remembers up to
// where it was told, so nothing is shown twice, and nothing is missed after a lost connection.
const omcNotices = (() => {
  const place = document.getElementById("omc-notices");
  const WORDS = { listing: "Listing", delisting: "Delisting", "8-K": "8-K filing" };
  const KEPT = 20;
  const AGAIN = 15000;
  const QUIET = 12000;
  let person = null;
  let state = { after: null, cards: [] };
  let asking = false;

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    made.className = className;
    if (text) made.textContent = text;
    return made;
  };

  const closer = (close) => {
    const button = element("button", "omc-notice-close", "\u00d7");
    button.setAttribute("aria-label", "Dismiss");
    button.addEventListener("click", close);
    return button;
  };

  const save = () => sessionStorage.setItem(`omc-notices-${person}`, JSON.stringify(state));

  const dismiss = (id) => {
    state.cards = state.cards.filter((card) => card.id !== id);
    save();
    draw();
  };

  const card = (notice) => {
    const made = element("article", `omc-notice omc-notice-${notice.level}`);
    made.dataset.notice = notice.id;
    made.append(element("strong", "omc-notice-kind", WORDS[notice.kind] ?? notice.kind));
    made.append(closer(() => dismiss(notice.id)));
    const safe = /^https?:\/\//.test(notice.url ?? "");
    const title = element(safe ? "a" : "span", "omc-notice-title", notice.text);
    if (safe) Object.assign(title, { href: notice.url, target: "_blank", rel: "noopener noreferrer" });
    const at = element("time", "", new Date(notice.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }));
    at.dateTime = notice.at;
    const facts = element("p", "omc-notice-facts", [...notice.symbols, notice.subject].join(" \u00b7 ") + " \u00b7 ");
    facts.append(at);
    made.append(title, facts);
    return made;
  };

  const draw = () => {
    place.querySelectorAll(".omc-notice").forEach((old) => old.remove());
    place.prepend(...state.cards.map(card).reverse());
  };

  const quietly = (told) => {
    if (!told.length) return;
    place.querySelector(".omc-quiet")?.remove();
    const line = element("div", "omc-quiet");
    const link = element("a", "", told.at(-1).text + (told.length > 1 ? ` (and ${told.length - 1} more)` : ""));
    link.href = "/data";
    line.append(link, closer(() => line.remove()));
    place.append(line);
    setTimeout(() => line.remove(), QUIET);
  };

  const ask = async () => {
    if (person === null || asking) return;
    asking = true;
    try {
      const asked = state.after === null ? "/notices" : `/notices?after=${state.after}`;
      const answer = await window.fetch(asked);
      if (answer.status === 401) person = null; // signed out: the next /user tells who comes
      if (!answer.ok) return;
      const { last, notices } = await answer.json();
      state.after = last;
      state.cards = [...state.cards, ...notices.filter((notice) => !notice.quiet)].slice(-KEPT);
      save();
      if (notices.length) draw();
      quietly(notices.filter((notice) => notice.quiet));
    } catch {
      // The server is away: the next try asks from where this one stopped.
    } finally {
      asking = false;
    }
  };

  window.addEventListener("message", (event) => {
    if (event.source === window && event.data?.omc?.notices) ask();
  });
  setInterval(ask, AGAIN);

  return {
    // Somebody is signed in on this page.
    of: (user) => {
      if (!user?.id || user.id === person) return;
      person = user.id;
      state = JSON.parse(sessionStorage.getItem(`omc-notices-${person}`)) ?? { after: null, cards: [] };
      draw();
      ask();
    },
  };
})();

// A server that is away for a moment is neither a person who signed out nor a button that was not pressed: ask again.
(() => {
  const once = window.fetch.bind(window);
  const pause = () => new Promise((done) => setTimeout(done, 1000));
  const patience = { "/user": Infinity, "/project/action": 60 }; // tries, one a second

  window.fetch = async (input, init) => {
    const asked = new URL(input instanceof Request ? input.url : input, window.location.href);
    // A cookie for load balancers, which ours do not need. Chainlit opens a connection for each answer, the last one
    // stays: answers out of order would leave a reloaded page without its conversation.
    if (asked.pathname === "/set-session-cookie") return Response.json({});
    for (let left = patience[asked.pathname] ?? 1; ; left--) {
      try {
        const answer = await once(input, init);
        if (asked.pathname === "/user" && answer.ok) answer.clone().json().then(omcNotices.of);
        return answer;
      } catch (away) {
        if (left <= 1 || init?.signal?.aborted) throw away;
        await pause();
      }
    }
  };
})();
