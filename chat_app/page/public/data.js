// The theme the chat was given, before anything is painted; then the page's body anew every ten seconds.
(() => {
  const chosen = localStorage.getItem("vite-ui-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;

  const again = async () => {
    try {
      const answer = await fetch("/data");
      if (answer.status === 401 || answer.redirected) return location.reload();
      if (!answer.ok) return undefined;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
      document.querySelector("main").replaceWith(document.adoptNode(fresh));
    } catch {
      // The server is away: what is shown says as of when it is.
    }
    return undefined;
  };
  setInterval(() => document.hidden || again(), 10000);
})();
