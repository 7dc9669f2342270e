/// The one script, without which the page does all but refresh itself in place.
enum Script {
  /// The hash of `source` by which the Content-Security-Policy allows it; a test holds them together.
  static let hash = "sha256-LulQHIxpusLzDLwGxsIvBBvH+wggl8Mq5X7i9cclGQE="

  // It fetches the same page and puts its parts in place of these, so that what somebody reads stays where it is. Nothing is
  // refreshed while somebody selects text, or while nobody can see it.
  static let source = """
    (() => {
      "use strict";
      const interval = 5000;
      const parts = ["state", "summary", "details", "taken"];
      const connection = document.getElementById("connection");
      const pause = document.getElementById("pause");
      let isPaused = false, isBusy = false, heard = new Date();

      function show(next) {
        for (const id of parts) {
          const [here, there] = [document.getElementById(id), next.getElementById(id)];
          // What a screen reader speaks when it changes must not change without need.
          if (here.innerHTML === there.innerHTML) continue;
          const focus = here.contains(document.activeElement) ? document.activeElement.id : "";
          here.replaceChildren(...there.childNodes);
          if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
        }
        document.title = next.title;
        document.body.dataset.tone = next.body.dataset.tone;
        document.body.dataset.status = next.body.dataset.status;
        document.querySelector("link[rel=icon]").href = next.querySelector("link[rel=icon]").href;
        document.body.classList.remove("lost");
        connection.textContent = "";
        heard = new Date();
      }

      function lose() {
        if (document.body.classList.contains("lost")) return;
        document.body.classList.add("lost");
        document.title = "No answer: " + document.title;
        connection.textContent = "No answer since " + heard.toISOString().slice(11, 19) + " UTC: this is what was known then.";
      }

      async function refresh() {
        if (isPaused || isBusy || document.hidden || !getSelection().isCollapsed) return;
        isBusy = true;
        try {
          // Not location.href, which may hold a user's name and password.
          const answer = await fetch(location.pathname + location.search,
            { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(interval) });
          const next = new DOMParser().parseFromString(await answer.text(), "text/html");
          if (!parts.every((id) => next.getElementById(id))) throw new Error("another page");
          if (!isPaused) show(next);
        } catch {
          lose();
        }
        isBusy = false;
      }

      pause.hidden = false;
      pause.addEventListener("click", () => {
        isPaused = !isPaused;
        pause.textContent = isPaused ? "Resume" : "Pause";
        refresh();
      });
      document.addEventListener("visibilitychange", refresh);
      setInterval(refresh, interval);
    })();
    """
}
