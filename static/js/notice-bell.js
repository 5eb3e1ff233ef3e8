// The counts of the header: new notices, own stories and a moderator's stories; and the number in the title. The server is
// asked for them when the stream nudges, and when the reader comes back to the page.
import { writeTitle, writeWaiting } from "./header-counts.js";

// Several reasons to ask within so many milliseconds, or up to twice as many, make one request. By chance, because a
// change at the desk nudges all moderators at once.
const MERGE = 150;

class NoticeBell extends HTMLElement {
  connectedCallback() {
    this.link = this.querySelector("a");
    writeTitle();
    document.addEventListener("nudge", () => this.askSoon());
    document.addEventListener("visibilitychange", () => document.hidden || this.askSoon());
    addEventListener("pageshow", ({ persisted }) => persisted && this.askSoon());
    // The first line comes with a page that was drawn a moment ago; after a later one something may have been missed.
    document.addEventListener("connected", () => (this.hadLine ? this.askSoon() : (this.hadLine = true)));
  }

  askSoon() {
    this.asking ||= setTimeout(() => this.ask(), MERGE * (1 + Math.random()));
  }

  async ask() {
    this.asking = null;
    const response = await fetch(this.dataset.counts, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!response?.ok || response.redirected) return;
    const { unread, number, label, mine, mineLabel, waiting } = await response.json();
    this.link.setAttribute("aria-label", label);
    const count = this.link.querySelector(".nav-count");
    count.hidden = !unread;
    count.textContent = number;
    writeWaiting(waiting);
    for (const mark of document.querySelectorAll(".mine-count")) {
      mark.hidden = !mine;
      mark.firstElementChild.textContent = mine;
      mark.lastElementChild.textContent = ` ${mineLabel}`;
    }
  }
}

customElements.define("notice-bell", NoticeBell);
