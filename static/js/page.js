// For every page of a team: ages that stay true, and a toast when a request fails.
import "./no-inline-handlers.js";

const language = document.documentElement.lang;
// The reader's choice if there is one, as in the dates that the server writes.
const { timeZone } = document.documentElement.dataset;
const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short", timeZone });
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", timeZone });
const counted = new Intl.RelativeTimeFormat(language);
const named = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

// The server's words for an age (stories/cards.py), updated as time passes. “Just now” and dates stay as the
// server wrote them.
function ago(moment) {
  const minutes = Math.floor((Date.now() - moment) / 60_000);
  if (minutes < 1) return null;
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

// An error page is not put into the page (htmx-config, noSwap): what was typed stays, and a toast explains. The
// composer and the stream show their own errors.
const toasts = document.getElementById("toasts");
const { later, stale } = toasts?.dataset ?? {}; // a public page has no toasts
const showsOwnErrors = (element) => element.matches?.("live-wall") || element.closest?.("story-composer");

function showToast(words) {
  const toast = Object.assign(document.createElement("div"), { className: "toast toast-error", textContent: words });
  toasts?.append(toast);
}

document.addEventListener("htmx:after:request", (event) => {
  const status = event.detail.ctx?.response?.status;
  if (showsOwnErrors(event.target)) return;
  if (status === 403) showToast(stale);
  else if (status >= 500 || [400, 404, 405, 413, 429].includes(status)) showToast(later);
});
document.addEventListener("htmx:error", (event) => showsOwnErrors(event.target) || showToast(later));
