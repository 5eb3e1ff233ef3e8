// The list of the desk: it shows by itself what comes in and what colleagues decide, and nothing moves under its reader.
import { writeCounts } from "./desk-counts.js";
import { showLivePart } from "./desk-live-part.js";
import { showNews } from "./desk-news.js";
import { focusPlace } from "./focus-place.js";

const MERGE = 300; // milliseconds; changes within them are asked for at once
const AGAIN = 20_000; // milliseconds; waits and claims change with time alone

export class DeskList {
  constructor(desk) {
    this.desk = desk;
    for (const event of ["desk", "connected"]) desk.addEventListener(event, () => this.refreshSoon());
    this.repeating = setInterval(() => document.hidden || this.refreshSoon(), AGAIN);
  }

  stop() {
    clearInterval(this.repeating);
    clearTimeout(this.asking);
  }

  refreshSoon() {
    clearTimeout(this.asking);
    this.asking = setTimeout(() => this.refresh(), MERGE);
  }

  get shown() {
    return [...this.desk.querySelectorAll(".queue-row")].map((row) => row.dataset.pk);
  }

  // The server draws the list alone, in the order in which it is shown here.
  async refresh() {
    const { room } = this.desk;
    if (!room) return;
    const shown = this.shown;
    const asked = new URLSearchParams(room.dataset.selection);
    asked.set("story", this.desk.open?.dataset.pk ?? "");
    for (const pk of shown) asked.append("shown", pk);
    const address = `${this.desk.dataset.news}?${asked}`;
    const response = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!response?.ok) return;
    const drawn = document.createElement("template");
    drawn.innerHTML = await response.text();
    // From here on nothing is awaited: ticks and focus are read from the same list that is replaced.
    // A decision may have taken a story out of it meanwhile, and that story would be back.
    if (!room.isConnected || `${shown}` !== `${this.shown}`) return this.refreshSoon();
    for (const part of drawn.content.querySelectorAll("[data-live]")) showLivePart(part);
    this.replace(drawn.content.firstElementChild);
  }

  replace(fresh) {
    writeCounts(this.desk, fresh.dataset);
    const list = this.desk.querySelector("#desk-list");
    if (!list) return fresh.querySelector(".queue-row") && this.openFirst();
    if (isSame(fresh, list)) return;
    const { place, ticks, open } = this.desk;
    const leadBack = focusPlace(list);
    const marked = place.current?.closest(".queue-row").id; // the reader may have gone on since this was asked for
    list.replaceWith(fresh);
    htmx.process(fresh);
    ticks.restore();
    place.mark(document.querySelector(`#${marked} .queue-link`));
    showNews(this.desk, fresh.querySelector(`[data-pk="${open?.dataset.pk}"]`)?.dataset.done ?? "");
    leadBack(fresh);
  }

  openFirst() {
    const address = `${location.pathname}?${this.desk.room.dataset.selection}`;
    htmx.ajax("GET", address, { target: "#desk", swap: "outerHTML" });
  }
}

// Where nothing is new, nobody's place in the list is lost. Htmx and the ticks leave marks in the list that is shown.
function isSame(fresh, list) {
  const shown = list.cloneNode(true);
  for (const one of shown.querySelectorAll("[data-htmx-powered]")) one.removeAttribute("data-htmx-powered");
  const link = shown.querySelector("[data-tick-all]");
  if (link) link.textContent = fresh.querySelector("[data-tick-all]")?.textContent;
  return fresh.isEqualNode(shown);
}
