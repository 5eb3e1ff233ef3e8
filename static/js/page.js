// What every page of a team needs: ages that stay true, and a word when something does not get through.
const language = document.documentElement.lang;
const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "long" });
const counted = (number, word) => `${number} ${word}${number === 1 ? "" : "s"} ago`;

// The server's words (stories/cards.py, age), said again as time goes by.
function ago(moment) {
  const minutes = Math.floor((Date.now() - moment) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return counted(minutes, "minute");
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return counted(hours, "hour");
  const days = Math.floor(hours / 24);
  if (days < 7) return days === 1 ? "yesterday" : `${days} days ago`;
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
    const words = ago(this.moment) ?? (this.time.textContent.endsWith("ago") ? day.format(this.moment) : null);
    if (words && words !== this.time.textContent) this.time.textContent = words;
  }
}

customElements.define("time-ago", TimeAgo);

// An answer that is not for this place is not put into it (htmx-config, noSwap): what was typed
// stays, and a toast says why. The composer and the stream speak for themselves.
const LATER = "That did not get through. What you wrote is still here; try again in a moment.";
const STALE = "This page is from before you signed in or out, or this is not yours to do. Copy what you wrote, then reload.";
const speaksForItself = (element) => element.matches?.("live-wall") || element.closest?.("story-composer");

function tell(words) {
  const toast = Object.assign(document.createElement("div"), { className: "toast toast-error", textContent: words });
  document.getElementById("toasts").append(toast);
}

document.addEventListener("htmx:after:request", (event) => {
  const status = event.detail.ctx?.response?.status;
  if (speaksForItself(event.target)) return;
  if (status === 403) tell(STALE);
  else if (status >= 500 || [400, 404, 405, 413, 429].includes(status)) tell(LATER);
});
document.addEventListener("htmx:error", (event) => speaksForItself(event.target) || tell(LATER));
