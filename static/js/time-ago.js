// Ages that stay true while the page is open, by the server's clock: the browser's may be wrong by days.
import { now } from "./server-clock.js";

const { lang, dataset } = document.documentElement;
const language = lang === "en" ? "en-GB" : lang; // as in kindwall/formats/en/formats.py
// The reader's choice if there is one, as in the dates that the server writes.
const { timeZone } = dataset;
const exact = new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short", timeZone });
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", timeZone });
const counted = new Intl.RelativeTimeFormat(language);
const named = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

// The server's words for an age (stories/cards.py), updated as time passes. “Just now” and dates stay as the server
// wrote them, and so does everything as long as the server's time is not known.
function ago(moment) {
  const minutes = Math.floor((now() - moment) / 60_000);
  if (!(minutes >= 1)) return null;
  if (minutes < 60) return counted.format(-minutes, "minute");
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return counted.format(-hours, "hour");
  const days = Math.floor(hours / 24);
  if (days < 7) return (days === 1 ? named : counted).format(-days, "day");
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

  tick() {
    const words = ago(this.moment);
    if (words && words !== this.time.textContent) this.time.textContent = words;
    // The page was open when the week ended.
    if (!words && this.spoken) this.time.textContent = day.format(this.moment);
    this.spoken = Boolean(words);
  }
}

customElements.define("time-ago", TimeAgo);
