// The desk, kept up to date: what comes in and what colleagues decide appears in the list by itself, and nothing
// moves under whoever is reading.
const RETRY = 3000;
const LATER = 60_000; // until a server that is full is asked again
const SOON = 10_000; // the longest between two attempts otherwise
const AGAIN = 45_000; // a claim lapses after two minutes of silence
const GLANCE = 400; // whoever has answered within it was quicker than a colleague could be told
const MERGE = 300; // what happens within it is asked for at once
const ANSWER = "form:not(.desk-claim, #desk-undo form)";

class ModeratorsDesk extends HTMLElement {
  connectedCallback() {
    this.addEventListener("desk", () => this.changed());
    this.addEventListener("beat", () => this.changed());
    this.addEventListener("htmx:sse:after:connection", ({ detail }) => {
      detail.connection.config.reconnectMaxDelay = SOON;
      this.changed();
    });
    this.addEventListener("htmx:sse:error", ({ detail }) => {
      if (isFull(detail)) detail.connection.config.reconnectMaxDelay = LATER;
    });
    this.addEventListener("htmx:response:error", ({ target, detail }) => {
      if (target === this && isFull(detail.ctx.response))
        setTimeout(() => this.dispatchEvent(new Event("reconnect")), LATER);
    });
    // The stream's own reconnecting begins with the first connection; that one is retried here.
    this.addEventListener("htmx:error", (event) => {
      this.sent();
      this.offer(true);
      if (event.target === this) setTimeout(() => this.dispatchEvent(new Event("reconnect")), RETRY);
    });
    this.addEventListener("htmx:before:request", (event) => this.sends(event));
    this.addEventListener("htmx:after:request", ({ target }) => target === this.sending && this.sent());
    this.addEventListener("htmx:before:swap", () => (this.ticked = this.boxes.filter((box) => box.checked).map((box) => box.value)));
    this.addEventListener("htmx:after:swap", ({ detail }) => detail.ctx?.target?.id === "desk" && this.settled());
    this.claiming = setInterval(() => this.claim(), AGAIN);
    addEventListener("load", () => this.claim(), { once: true });
  }

  disconnectedCallback() {
    clearInterval(this.claiming);
    clearTimeout(this.asking);
    clearTimeout(this.opening);
  }

  get room() {
    return this.querySelector("#desk");
  }

  get open() {
    return this.querySelector(".desk-item");
  }

  get current() {
    return this.querySelector(".queue-link[aria-current]");
  }

  get boxes() {
    return [...this.querySelectorAll(".queue-tick input")];
  }

  // While an answer is on its way, “undo” would mean the one before, and another story would take its place.
  sends(event) {
    const { target } = event;
    if (target.matches(".queue-link") && "answering" in this.dataset) return event.preventDefault();
    if (!target.matches(ANSWER)) return;
    this.offer(false);
    if (!target.closest(".desk-pane")) return;
    this.sending = target;
    this.dataset.answering = "";
  }

  sent() {
    delete this.sending;
    delete this.dataset.answering;
  }

  changed() {
    clearTimeout(this.asking);
    this.asking = setTimeout(() => this.ask(), MERGE);
  }

  // The list alone is drawn anew, in the order in which it is shown. Where there was none, there is nothing to be moved.
  async ask() {
    const { room } = this;
    if (!room) return;
    const asked = new URLSearchParams({ show: room.dataset.show, story: this.open?.dataset.pk ?? "" });
    for (const row of this.querySelectorAll(".queue-row")) asked.append("shown", row.dataset.pk);
    const answer = await fetch(`${this.dataset.news}?${asked}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) return;
    const drawn = document.createElement("template");
    drawn.innerHTML = await answer.text();
    // From here on nothing is waited for: what is ticked and where the keyboard is holds until the list is there again.
    if (!room.isConnected) return this.changed();
    const fresh = drawn.content.firstElementChild;
    this.count(fresh.dataset);
    const list = this.querySelector("#desk-list");
    if (!list) return fresh.querySelector(".queue-row") && this.begin();
    const ticked = this.boxes.filter((box) => box.checked).map((box) => box.value);
    const focused = list.contains(document.activeElement) && document.activeElement.closest(".queue-row").id;
    if (this.isSame(fresh, list)) return;
    list.replaceWith(fresh);
    htmx.process(fresh);
    this.tickAgain(ticked);
    this.tell(fresh.querySelector(`[data-pk="${this.open?.dataset.pk}"]`)?.dataset.done ?? "");
    if (focused) document.querySelector(`#${focused} .queue-link`)?.focus({ preventScroll: true });
  }

  begin() {
    const address = `${location.pathname}?${new URLSearchParams({ show: this.room.dataset.show })}`;
    htmx.ajax("GET", address, { target: "#desk", swap: "outerHTML" });
  }

  // Where nothing is new, whoever goes through the list keeps their place in it.
  isSame(fresh, list) {
    const shown = list.cloneNode(true);
    for (const one of shown.querySelectorAll("[data-htmx-powered]")) one.removeAttribute("data-htmx-powered");
    return fresh.isEqualNode(shown);
  }

  // What a colleague has done with the story that lies open; the story itself stays as it is read.
  tell(words) {
    const news = this.querySelector("#desk-news");
    if (!news || news.textContent === words) return;
    news.hidden = !words;
    news.textContent = words;
  }

  // A list that is drawn anew forgets what was ticked in it.
  tickAgain(values) {
    for (const box of this.boxes) box.checked ||= values.includes(box.value);
  }

  // How many wait is told in the heading, and in the page's header, which no answer draws anew.
  count({ waiting, heading }) {
    if (heading) this.querySelector(".desk-head h1").textContent = heading;
    for (const shown of document.querySelectorAll(".nav-count")) {
      shown.firstChild.nodeValue = waiting;
      shown.hidden = waiting === "0";
    }
  }

  // After an answer the next story lies open, and its reader begins at its top.
  settled() {
    if (!this.room) return; // somebody has signed out elsewhere: the page asks them to sign in
    this.tickAgain(this.ticked ?? []);
    this.goOn();
    this.count(this.room.dataset);
    clearTimeout(this.opening);
    this.opening = setTimeout(() => this.claim(), GLANCE);
    this.say();
    const wanted = this.querySelector("[aria-invalid=true]") ?? this.querySelector("#desk[data-asked] #bulk textarea");
    if (wanted?.checkVisibility()) return wanted.focus();
    const pane = this.querySelector("#desk-pane");
    if (pane?.getBoundingClientRect().top < 0) pane.scrollIntoView();
    this.current?.scrollIntoView({ block: "nearest" });
    if (document.activeElement === document.body) pane?.focus({ preventScroll: true });
  }

  // The list stays through an answer: what has been answered leaves it, and what lies open now is marked.
  goOn() {
    const { answered } = this.room.dataset;
    if (answered === undefined) return;
    const gone = answered ? `#story-${answered}-row, .queue-row[data-done]` : "#none";
    for (const row of this.querySelectorAll(gone)) row.remove();
    this.current?.removeAttribute("aria-current");
    const { pk } = this.open.dataset;
    const reading = this.querySelector("#bulk [name=reading]");
    if (reading) reading.value = pk;
    const link = this.querySelector(`#story-${pk}-row .queue-link`);
    link ? link.setAttribute("aria-current", "true") : this.ask();
  }

  // A message that arrives together with the place it stands in is not read out: one that has always been there says it.
  say() {
    const said = [...this.querySelectorAll("#desk-said, #desk-undo > span")].map((one) => one.textContent.trim());
    document.getElementById("desk-spoken").textContent = said.join(" ");
  }

  claim() {
    const claim = this.querySelector(".desk-claim");
    if (claim?.checkVisibility() && document.visibilityState === "visible") htmx.trigger(claim, "claim");
  }

  offer(undo) {
    const notice = this.querySelector("#desk-undo");
    if (notice) notice.hidden = !undo;
  }
}

const isFull = ({ status }) => status === 429 || status === 503;

customElements.define("moderators-desk", ModeratorsDesk);
