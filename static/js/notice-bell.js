// The bell in the header, the number in the title, and the mark at “Mine”. The server is asked for them when the stream
// nudges, and when the reader comes back to the page.
const MERGE = 150; // milliseconds; several reasons to ask at about the same time make one request
const PREFIX = /^\(\d+\+?\) /;

class NoticeBell extends HTMLElement {
  connectedCallback() {
    this.link = this.querySelector("a");
    this.write(this.link.querySelector(".nav-count").hidden ? "" : this.link.querySelector(".nav-count").textContent);
    document.addEventListener("nudge", () => this.ask());
    document.addEventListener("visibilitychange", () => document.hidden || this.askSoon());
    addEventListener("pageshow", ({ persisted }) => persisted && this.askSoon());
    // The first line comes with a page that was drawn a moment ago; after a later one something may have been missed.
    document.addEventListener("connected", () => (this.hadLine ? this.askSoon() : (this.hadLine = true)));
  }

  askSoon() {
    clearTimeout(this.asking);
    this.asking = setTimeout(() => this.ask(), MERGE);
  }

  async ask() {
    clearTimeout(this.asking);
    const response = await fetch(this.dataset.counts, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!response?.ok || response.redirected) return;
    const { unread, number, label, mine, mineLabel } = await response.json();
    this.link.setAttribute("aria-label", label);
    this.write(unread ? number : "");
    for (const mark of document.querySelectorAll(".mine-count")) {
      mark.hidden = !mine;
      mark.firstElementChild.textContent = mine;
      mark.lastElementChild.textContent = ` ${mineLabel}`;
    }
  }

  write(number) {
    const count = this.link.querySelector(".nav-count");
    count.hidden = !number;
    count.textContent = number || "0";
    document.title = (number ? `(${number}) ` : "") + document.title.replace(PREFIX, "");
  }
}

customElements.define("notice-bell", NoticeBell);
