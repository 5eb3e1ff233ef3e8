// Keeps “5 minutes ago” true while a page stays open, and tells the exact time on approach.
const STEPS = [[60, 1, "just now"], [3600, 60, "minute"], [86400, 3600, "hour"]];
const exact = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeStyle: "short" });

function ago(seconds) {
  for (const [below, unit, word] of STEPS) {
    if (seconds >= below) continue;
    if (unit === 1) return word;
    const number = Math.floor(seconds / unit);
    return `${number} ${word}${number === 1 ? "" : "s"} ago`;
  }
  return null;
}

class TimeAgo extends HTMLElement {
  connectedCallback() {
    this.time = this.querySelector("time");
    this.moment = new Date(this.time.dateTime);
    this.time.title = exact.format(this.moment);
    this.tick();
    this.timer = setInterval(() => this.tick(), 60_000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  // Past a day the server's words stay: they do not age within the life of a page.
  tick() {
    const words = ago((Date.now() - this.moment) / 1000);
    if (words && words !== this.time.textContent) this.time.textContent = words;
  }
}

customElements.define("time-ago", TimeAgo);
