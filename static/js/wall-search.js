// Searches the wall as somebody types: the address follows, and what is found takes the place of the notes, while the
// stream goes on. After an error the page stays as it is, and is asked for again. The form can be sent as ever.
const PAUSE = 250; // milliseconds without another letter
const AGAIN = 5000; // milliseconds after an error
const PARTS = ["#wall-heading", "#wall-empty", ".wall-sort"];

class WallSearch extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.addEventListener("input", (event) => event.isComposing || this.wait());
    this.addEventListener("compositionend", () => this.wait());
    for (const name of ["card", "back", "gone"]) document.addEventListener(name, () => (this.changed = true));
  }

  wait(pause = PAUSE) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), pause);
  }

  async look() {
    this.request?.abort();
    const { signal } = (this.request = new AbortController());
    const address = this.address();
    this.changed = false;
    const response = await fetch(address, { signal }).catch(() => null);
    const text = response?.ok && !response.redirected ? await response.text().catch(() => "") : "";
    if (signal.aborted) return;
    if (!response || response.status >= 500) return this.wait(AGAIN);
    if (!text) return;
    if (this.changed) return this.wait(); // a story came or went meanwhile, and may be missing in this page
    history.replaceState(history.state, "", address);
    this.show(new DOMParser().parseFromString(text, "text/html"));
  }

  address() {
    const asked = [...new FormData(this.form)].filter(([, value]) => value.trim());
    return this.form.action + (asked.length ? `?${new URLSearchParams(asked)}` : "");
  }

  show(page) {
    document.title = page.title;
    for (const part of PARTS) document.querySelector(part).replaceWith(page.querySelector(part));
    document.getElementById("introduction")?.toggleAttribute("hidden", !page.getElementById("introduction"));
    document.querySelector("live-wall").showPage(page.querySelector("live-wall"));
    const empty = document.querySelector("#notes > .note") ? "" : document.querySelector("#wall-empty h2").textContent;
    document.getElementById("wall-status").textContent = empty || document.querySelector("#wall-heading").textContent;
    scrollTo({ top: 0, behavior: "instant" });
  }
}

customElements.define("wall-search", WallSearch);
