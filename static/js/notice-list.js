// The open list of notices: marks as read what its reader has had before their eyes, and shows by itself what is new.
// What was new stays marked as such until the page is loaded again.
const SEEN_AFTER = 800; // milliseconds that the list has to be visible

class NoticeList extends HTMLElement {
  connectedCallback() {
    this.listening = new AbortController();
    const { signal } = this.listening;
    document.addEventListener("visibilitychange", () => this.markSoon(), { signal });
    document.addEventListener("prerenderingchange", () => this.markSoon(), { signal });
    for (const event of ["nudge", "connected"]) document.addEventListener(event, () => this.refresh(), { signal });
    this.markSoon();
  }

  disconnectedCallback() {
    this.listening.abort();
    clearTimeout(this.marking);
  }

  markSoon() {
    clearTimeout(this.marking);
    if (!document.hidden && !document.prerendering) this.marking = setTimeout(() => this.mark(), SEEN_AFTER);
  }

  async mark() {
    const form = this.querySelector("form");
    const fresh = [...this.querySelectorAll("[data-seen]")];
    if (!form || !fresh.length) return;
    const body = new FormData(form);
    body.delete("until");
    for (const notice of fresh) body.append("seen", notice.dataset.seen);
    const response = await fetch(form.action, { method: "POST", body }).catch(() => null);
    if (response?.status === 204) for (const notice of fresh) delete notice.dataset.seen;
  }

  // A page further down stays as it is.
  async refresh() {
    if ("older" in this.dataset) return;
    const response = await fetch(location.pathname, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!response?.ok || response.redirected || !this.isConnected) return;
    const drawn = document.createElement("template");
    drawn.innerHTML = await response.text();
    const list = drawn.content.querySelector("notice-list");
    if (!list || !this.isConnected || list.dataset.newest === this.dataset.newest) return;
    const focused = this.contains(document.activeElement) && document.activeElement.getAttribute("href");
    this.replaceWith(list);
    if (focused) list.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }
}

customElements.define("notice-list", NoticeList);
