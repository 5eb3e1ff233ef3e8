// The list of the desk: it shows by itself what comes in and what colleagues decide, and nothing moves under its reader.
import { showLivePart } from "./desk-live-part.js";
import { writeWaiting } from "./header-counts.js";

const MERGE = 300; // milliseconds; changes within them are asked for at once
const PATIENCE = 1000; // milliseconds until a story is asked for again
const MOST_ASKED = 3; // times; the server may open another story
const AGAIN = 20_000; // milliseconds; waits and claims change with time alone

export class DeskList {
  constructor(desk) {
    this.desk = desk;
    // Kept apart from the boxes, as a tick may come while htmx is about to replace them.
    this.ticked = new Set();
    desk.addEventListener("change", ({ target: box }) => {
      if (box.matches(".queue-tick input")) this.ticked[box.checked ? "add" : "delete"](box.value);
    });
    for (const event of ["desk", "connected"]) desk.addEventListener(event, () => this.refreshSoon());
    this.repeating = setInterval(() => document.hidden || this.refreshSoon(), AGAIN);
  }

  stop() {
    clearInterval(this.repeating);
    clearTimeout(this.asking);
    clearTimeout(this.waiting);
  }

  get current() {
    return this.desk.querySelector(".queue-link[aria-current]");
  }

  // The link of the story that was asked for last, until it is open. Of a fast reader's stories those passed arrive
  // too, each with its list, in any order and at any moment.
  get way() {
    const row = this.wanted && document.getElementById(this.wanted);
    return row && row.dataset.pk !== this.desk.open?.dataset.pk ? row.querySelector(".queue-link") : null;
  }

  get place() {
    return this.way ?? this.current;
  }

  get boxes() {
    return [...this.desk.querySelectorAll(".queue-tick input")];
  }

  refreshSoon() {
    clearTimeout(this.asking);
    this.asking = setTimeout(() => this.refresh(), MERGE);
  }

  // The server draws the list alone, in the order in which it is shown here.
  async refresh() {
    const { room } = this.desk;
    if (!room) return;
    const asked = new URLSearchParams(room.dataset.selection);
    asked.set("story", this.desk.open?.dataset.pk ?? "");
    for (const row of this.desk.querySelectorAll(".queue-row")) asked.append("shown", row.dataset.pk);
    const address = `${this.desk.dataset.news}?${asked}`;
    const response = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!response?.ok) return;
    const drawn = document.createElement("template");
    drawn.innerHTML = await response.text();
    // From here on nothing is awaited: ticks and focus are read from the same list that is replaced.
    if (!room.isConnected) return this.refreshSoon();
    for (const part of drawn.content.querySelectorAll("[data-live]")) showLivePart(part);
    this.replace(drawn.content.firstElementChild);
  }

  replace(fresh) {
    this.writeCounts(fresh.dataset);
    const list = this.desk.querySelector("#desk-list");
    if (!list) return fresh.querySelector(".queue-row") && this.openFirst();
    if (isSame(fresh, list)) return;
    const focused = list.contains(document.activeElement) && document.activeElement.closest(".queue-row").id;
    const marked = this.current?.closest(".queue-row").id; // the reader may have gone on since this was asked for
    list.replaceWith(fresh);
    htmx.process(fresh);
    this.tick();
    this.mark(document.querySelector(`#${marked} .queue-link`));
    this.showNews(fresh.querySelector(`[data-pk="${this.desk.open?.dataset.pk}"]`)?.dataset.done ?? "");
    if (focused) document.querySelector(`#${focused} .queue-link`)?.focus({ preventScroll: true });
  }

  openFirst() {
    const address = `${location.pathname}?${this.desk.room.dataset.selection}`;
    htmx.ajax("GET", address, { target: "#desk", swap: "outerHTML" });
  }

  // A colleague's decision on the open story; the story itself stays as it is being read.
  showNews(words) {
    const news = this.desk.querySelector("#desk-news");
    if (!news || news.textContent === words) return;
    news.hidden = !words;
    news.textContent = words;
  }

  // The server ticks stories too: those of a decision that was refused.
  tick() {
    for (const box of this.boxes) box.checked ||= this.ticked.has(box.value);
    this.ticked = new Set(this.boxes.filter((box) => box.checked).map((box) => box.value));
  }

  // The header, the title and the tabs show numbers too, and no response draws those of the header anew.
  writeCounts({ waiting, heading, counts }) {
    if (heading) this.desk.querySelector(".desk-head h1").textContent = heading;
    writeWaiting(Number(waiting));
    for (const [list, number] of Object.entries(JSON.parse(counts ?? "{}"))) {
      const shown = this.desk.querySelector(`[data-list="${list}"]`);
      if (shown) Object.assign(shown, { hidden: !number, textContent: number });
    }
  }

  follow(link) {
    const { id } = link.closest(".queue-row");
    if (id !== this.wanted) this.asked = 0;
    this.wanted = id;
  }

  // The place stays where the last press led.
  stay() {
    const link = this.way;
    if (!link) return;
    this.mark(link);
    link.focus({ preventScroll: true });
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.ask(), PATIENCE);
  }

  // htmx forgets a request whose list has been replaced meanwhile, so it is sent again.
  ask() {
    const link = this.way;
    if (!link) return;
    this.asked += 1;
    if (this.asked > MOST_ASKED) return delete this.wanted;
    htmx.process(link);
    link.click();
  }

  mark(link) {
    if (!link) return;
    this.current?.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
  }

  // The list stays where a story is opened from it, and through a decision: then the story leaves it. The open story is
  // marked, unless its reader is on the way to another one.
  goOn() {
    const { answered, waiting } = this.desk.room.dataset;
    this.tick();
    this.writeCounts({ waiting });
    if (answered) {
      delete this.wanted;
      for (const row of this.desk.querySelectorAll(`#story-${answered}-row, .queue-row[data-done]`)) row.remove();
    }
    if (answered === undefined || this.way) return this.stay();
    const { pk } = this.desk.open.dataset;
    const reading = this.desk.querySelector("#bulk [name=reading]");
    if (reading) reading.value = pk;
    const link = this.desk.querySelector(`#story-${pk}-row .queue-link`);
    link ? this.mark(link) : this.refresh();
  }
}

// Where nothing is new, nobody's place in the list is lost.
function isSame(fresh, list) {
  const shown = list.cloneNode(true);
  for (const one of shown.querySelectorAll("[data-htmx-powered]")) one.removeAttribute("data-htmx-powered");
  return fresh.isEqualNode(shown);
}
