// The overview, kept up to date: each committed entry asks this node for the page again, at most once a second.
"use strict";
(() => {
  const FRESH = ["as-of", "ledger", "members", "entries"];
  const EVERY_MS = 1000;
  const RETRY_MS = 10000;
  const status = document.getElementById("live");
  let waiting = false;
  let events = null;

  function say(lost) {
    const words = lost ? status.dataset.lost : status.dataset.on;
    if (status.textContent !== words) status.textContent = words;
    status.classList.toggle("lost", lost);
  }

  async function refresh() {
    waiting = false;
    try {
      const answer = await fetch(location.pathname + location.search, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(answer.statusText);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const name of FRESH) {
        const old = document.getElementById(name);
        const next = fresh.getElementById(name);
        // What the reader has the keyboard in stays until it is left.
        if (old && next && !old.contains(document.activeElement)) old.replaceWith(document.importNode(next, true));
      }
    } catch {
      say(true);
    }
  }

  function soon() {
    if (waiting) return;
    waiting = true;
    setTimeout(refresh, EVERY_MS);
  }

  function stop() {
    if (events) events.close();
    events = null;
  }

  function listen() {
    stop();
    if (document.hidden) return;
    events = new EventSource("/events");
    events.addEventListener("open", () => {
      if (status.classList.contains("lost")) soon();
      say(false);
    });
    events.addEventListener("entry", soon);
    events.addEventListener("error", () => {
      say(true);
      // The browser comes back by itself, unless it was turned away.
      if (events && events.readyState === EventSource.CLOSED) setTimeout(listen, RETRY_MS);
    });
  }

  // A node serves few streams: a page that nobody looks at gives its own back.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      stop();
    } else {
      listen();
      soon();
    }
  });

  listen();
})();
