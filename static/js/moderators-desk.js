// The desk by keyboard, and kept up to date: what comes in and what colleagues decide appears in the
// list by itself, and nothing moves under whoever is reading.
const RETRY = 3000;
const AGAIN = 45_000; // a claim lapses after two minutes of silence
const GLANCE = 400; // whoever has answered within it was quicker than a colleague could be told
const MERGE = 300; // what happens within it is asked for at once
const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
const NEXT = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

class ModeratorsDesk extends HTMLElement {
  connectedCallback() {
    this.onKey = (event) => this.pressed(event);
    addEventListener("keydown", this.onKey);
    this.addEventListener("desk", () => this.changed());
    this.addEventListener("beat", () => this.changed());
    this.addEventListener("htmx:sse:after:connection", () => this.changed());
    // The stream's own reconnecting begins with the first connection; that one is retried here.
    this.addEventListener("htmx:error", (event) => {
      this.offer(true);
      if (event.target === this) setTimeout(() => this.dispatchEvent(new Event("reconnect")), RETRY);
    });
    this.addEventListener("htmx:before:swap", () => (this.ticked = this.boxes.filter((box) => box.checked).map((box) => box.value)));
    this.addEventListener("htmx:after:swap", ({ detail }) => detail.ctx?.target?.id === "desk" && this.settled());
    // While an answer is on its way, “undo” would mean the one before.
    this.addEventListener("htmx:before:request", ({ target }) => {
      if (target.matches("form:not(.desk-claim, #desk-undo form)")) this.offer(false);
    });
    this.claiming = setInterval(() => this.claim(), AGAIN);
    addEventListener("load", () => this.claim(), { once: true });
  }

  disconnectedCallback() {
    removeEventListener("keydown", this.onKey);
    clearInterval(this.claiming);
    clearTimeout(this.asking);
    clearTimeout(this.opening);
  }

  get current() {
    return this.querySelector(".queue-link[aria-current]");
  }

  changed() {
    clearTimeout(this.asking);
    this.asking = setTimeout(() => this.ask(), MERGE);
  }

  // The list alone is drawn anew, in the order in which it is shown. Where there was none, there is nothing to be moved.
  async ask() {
    const room = this.querySelector("#desk");
    const asked = new URLSearchParams({ show: room.dataset.show, story: this.open?.dataset.pk ?? "" });
    for (const row of this.querySelectorAll(".queue-row")) asked.append("shown", row.dataset.pk);
    const answer = await fetch(`${this.dataset.news}?${asked}`, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) return;
    const drawn = document.createElement("template");
    drawn.innerHTML = await answer.text();
    // From here on nothing is waited for: what is ticked and where the keyboard is holds until the list is there again.
    if (!room.isConnected) return;
    const fresh = drawn.content.firstElementChild;
    const list = this.querySelector("#desk-list");
    if (!list) return fresh.querySelector(".queue-row") && htmx.ajax("GET", location.href, { target: "#desk", swap: "outerHTML" });
    const ticked = this.boxes.filter((box) => box.checked).map((box) => box.value);
    const focused = list.contains(document.activeElement) && document.activeElement.closest(".queue-row").id;
    if (this.isSame(fresh, list)) return;
    list.replaceWith(fresh);
    htmx.process(fresh);
    this.tickAgain(ticked);
    this.tell(fresh.querySelector(`[data-pk="${this.open?.dataset.pk}"]`)?.dataset.done ?? "");
    if (focused) document.querySelector(`#${focused} .queue-link`)?.focus({ preventScroll: true });
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

  get boxes() {
    return [...this.querySelectorAll(".queue-tick input")];
  }

  // A list that is drawn anew forgets what was ticked in it.
  tickAgain(values) {
    for (const box of this.boxes) box.checked ||= values.includes(box.value);
  }

  // How many wait is told in the page's header too, which no answer draws anew.
  count() {
    const waiting = this.querySelector("#desk").dataset.waiting;
    for (const shown of document.querySelectorAll(".nav-count")) {
      shown.firstChild.nodeValue = waiting;
      shown.hidden = waiting === "0";
    }
  }

  get open() {
    return this.querySelector(".desk-item");
  }

  // The list stays through an answer: what was answered leaves it, and what lies open now is marked.
  goOn() {
    const { answered } = this.querySelector("#desk").dataset;
    if (answered === undefined) return;
    if (answered) this.querySelector(`#story-${answered}-row`)?.remove();
    this.current?.removeAttribute("aria-current");
    const link = this.querySelector(`#story-${this.open.dataset.pk}-row .queue-link`);
    link ? link.setAttribute("aria-current", "true") : this.ask();
  }

  // After an answer the next story lies open: its reader begins at its top.
  settled() {
    this.tickAgain(this.ticked ?? []);
    this.goOn();
    this.count();
    clearTimeout(this.opening);
    this.opening = setTimeout(() => this.claim(), GLANCE);
    this.current?.scrollIntoView({ block: "nearest" });
    const wanted = this.querySelector("[aria-invalid=true], #bulk textarea");
    if (wanted) return wanted.focus();
    if (document.activeElement === document.body) this.querySelector("#desk-pane")?.focus({ preventScroll: true });
  }

  claim() {
    const claim = this.querySelector(".desk-claim");
    if (claim?.checkVisibility() && document.visibilityState === "visible") htmx.trigger(claim, "claim");
  }

  offer(undo) {
    const notice = this.querySelector("#desk-undo");
    if (notice) notice.hidden = !undo;
  }

  // Single keys, for whoever has not switched them off; never with a modifier, never while typing.
  pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || event.isComposing) return;
    // On a tick or a reason the enter key would send a form that nobody has looked at.
    if (event.key === "Enter" && event.target.matches?.("[type=checkbox], [type=radio]")) return event.preventDefault();
    if (!this.hasAttribute("keys") || event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") return this.close();
    const done = event.key in NEXT ? this.step(NEXT[event.key]) : this.press(event.key);
    if (done) event.preventDefault();
  }

  step(by) {
    const links = [...this.querySelectorAll(".queue-link")];
    if (!links.length) return false;
    const at = links.indexOf(this.current);
    const to = links[Math.min(Math.max(at + by, 0), links.length - 1)];
    if (to !== this.current) this.click(to);
    to.focus({ preventScroll: true });
    return true;
  }

  press(key) {
    if (key === "?") return document.getElementById("desk-help").showModal() ?? true;
    if (key === "x") return this.tick();
    const button = [...this.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((one) => one.checkVisibility());
    if (!button) return false;
    if (button.matches("summary")) {
      button.parentElement.open = true;
      button.parentElement.querySelector("textarea, select")?.focus();
    } else if (button.matches("a")) button.focus();
    else this.click(button);
    return true;
  }

  // Who works fast presses as soon as they see: htmx may not have come to it yet, and the whole page would be loaded.
  click(one) {
    const powered = one.closest("a, form");
    if (powered && !powered.hasAttribute("data-htmx-powered")) htmx.process(powered);
    one.click();
  }

  tick() {
    const box = (document.activeElement.closest(".queue-row") ?? this.current?.closest(".queue-row"))?.querySelector("[type=checkbox]");
    box?.click();
    return Boolean(box);
  }

  close() {
    const open = this.querySelector(".desk-item details[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  }
}

customElements.define("moderators-desk", ModeratorsDesk);
