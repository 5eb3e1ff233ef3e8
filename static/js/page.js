// What every page of a team needs: ages that stay true, and a word when something does not get through.
const language = document.documentElement.lang;
// The reader's choice if there is one, as in the dates that the server writes.
const { timeZone } = document.documentElement.dataset;
const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short", timeZone });
const day = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", timeZone });
const counted = new Intl.RelativeTimeFormat(language);
const named = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

// The server's words (stories/cards.py, age), said again as time goes by. What it calls just now
// or by its date stays as the server said it.
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
    // The page has been open until a week was over.
    if (!words && this.spoken) this.time.textContent = day.format(this.moment);
    this.spoken = Boolean(words);
  }
}

customElements.define("time-ago", TimeAgo);

// An answer that is not for this place is not put into it (htmx-config, noSwap): what was typed
// stays, and a toast says why. The composer and the stream speak for themselves.
const toasts = document.getElementById("toasts");
const { later, stale } = toasts?.dataset ?? {}; // a visitor's page has nothing to press, and none
const speaksForItself = (element) => element.matches?.("live-wall") || element.closest?.("story-composer");

function tell(words) {
  const toast = Object.assign(document.createElement("div"), { className: "toast toast-error", textContent: words });
  toasts?.append(toast);
}

document.addEventListener("htmx:after:request", (event) => {
  const status = event.detail.ctx?.response?.status;
  if (speaksForItself(event.target)) return;
  if (status === 403) tell(stale);
  else if (status >= 500 || [400, 404, 405, 413, 429].includes(status)) tell(later);
});
document.addEventListener("htmx:error", (event) => speaksForItself(event.target) || tell(later));
