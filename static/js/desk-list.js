// The list of the desk: it shows by itself what comes in and what colleagues decide, and nothing moves under its reader.
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

  get current() {
    return this.desk.querySelector(".queue-link[aria-current]");
  }

  get boxes() {
    return [...this.desk.querySelectorAll(".queue-tick input")];
  }

  get ticked() {
    return this.boxes.filter((box) => box.checked).map((box) => box.value);
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
    this.replace(drawn.content.firstElementChild);
  }

  replace(fresh) {
    this.writeCounts(fresh.dataset);
    const list = this.desk.querySelector("#desk-list");
    if (!list) return fresh.querySelector(".queue-row") && this.openFirst();
    if (isSame(fresh, list)) return;
    const { ticked } = this;
    const focused = list.contains(document.activeElement) && document.activeElement.closest(".queue-row").id;
    list.replaceWith(fresh);
    htmx.process(fresh);
    this.tick(ticked);
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

  tick(values) {
    for (const box of this.boxes) box.checked ||= values.includes(box.value);
  }

  // The page's header shows the number that wait too, and no response draws it anew.
  writeCounts({ waiting, heading }) {
    if (heading) this.desk.querySelector(".desk-head h1").textContent = heading;
    for (const shown of document.querySelectorAll(".nav-waiting")) {
      shown.firstChild.nodeValue = waiting;
      shown.hidden = waiting === "0";
    }
  }

  // The list stays through a decision: the story leaves it, and the open one is marked.
  goOn(ticked) {
    const { answered, waiting } = this.desk.room.dataset;
    this.tick(ticked);
    this.writeCounts({ waiting });
    if (answered === undefined) return;
    const gone = answered ? `#story-${answered}-row, .queue-row[data-done]` : "#none";
    for (const row of this.desk.querySelectorAll(gone)) row.remove();
    this.current?.removeAttribute("aria-current");
    const { pk } = this.desk.open.dataset;
    const reading = this.desk.querySelector("#bulk [name=reading]");
    if (reading) reading.value = pk;
    const link = this.desk.querySelector(`#story-${pk}-row .queue-link`);
    link ? link.setAttribute("aria-current", "true") : this.refresh();
  }
}

// Where nothing is new, nobody's place in the list is lost.
function isSame(fresh, list) {
  const shown = list.cloneNode(true);
  for (const one of shown.querySelectorAll("[data-htmx-powered]")) one.removeAttribute("data-htmx-powered");
  return fresh.isEqualNode(shown);
}
