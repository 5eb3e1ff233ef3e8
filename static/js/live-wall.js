// Applies the messages of the live stream to the open wall. At the top of the page a new card is added at
// once; further down a pill counts new cards, so that nothing moves while somebody reads.
const MOST = 96; // cards on a page that stays open for days
const RETRY = 3000;
const LATER = 60_000; // milliseconds until a full server is sent again
const SOON = 10_000; // milliseconds, the longest between two attempts otherwise
const GLIDE = { duration: 800, easing: "cubic-bezier(.3, .8, .3, 1)" };

class LiveWall extends HTMLElement {
  connectedCallback() {
    this.notes = this.querySelector("#notes");
    this.pill = document.getElementById("wall-pill");
    this.status = document.getElementById("wall-status");
    this.held = new DocumentFragment();
    this.addEventListener("card", (event) => this.card(event.detail.data));
    this.addEventListener("back", (event) => this.card(event.detail.data));
    this.addEventListener("gone", (event) => this.gone(event.detail.data));
    this.addEventListener("counts", (event) => this.counts(JSON.parse(event.detail.data)));
    this.addEventListener("reload", () => this.outOfDate());
    // htmx reconnects a stream that was open once; the first connection is retried here.
    this.addEventListener("htmx:error", () => setTimeout(() => this.dispatchEvent(new Event("reconnect")), RETRY));
    this.addEventListener("htmx:response:error", ({ target, detail }) => {
      if (target === this && isFull(detail.ctx.response))
        setTimeout(() => this.dispatchEvent(new Event("reconnect")), LATER);
    });
    this.addEventListener("htmx:sse:after:connection", ({ detail }) => {
      detail.connection.config.reconnectMaxDelay = SOON;
      this.restartSilenceTimer();
    });
    this.addEventListener("htmx:sse:after:message", () => this.restartSilenceTimer());
    // When the wall is no longer public, the reloaded page explains it. Nothing typed can be lost here.
    this.addEventListener("htmx:sse:error", ({ detail }) => {
      if (isFull(detail)) detail.connection.config.reconnectMaxDelay = LATER;
      if (this.hasAttribute("visitor") && [401, 404].includes(detail.status)) location.reload();
    });
    addEventListener("online", () => this.stream?.delayCanceller?.());
    this.pill.addEventListener("click", (event) => this.open(event));
    addEventListener("scroll", () => atTop() && this.reveal(), { passive: true });
  }

  get stream() {
    return this._htmx?.sse;
  }

  // A broken connection may go unnoticed. Each message, also a heartbeat, restarts a timer; when it ends, the
  // stream is opened again.
  restartSilenceTimer() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.stream?.reader?.cancel(), Number(this.dataset.silence));
  }

  card(html) {
    const card = document.createRange().createContextualFragment(html).firstElementChild;
    const shown = this.find(card.id);
    if (shown) {
      const focused = shown.contains(document.activeElement) && document.activeElement.id;
      shown.replaceWith(card);
      htmx.process(card);
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    } else if (this.belongs(card)) {
      if (atTop() && !this.hasAttribute("older")) this.rearrange(() => this.add(card));
      else this.held.append(card);
      this.showPill();
    }
  }

  gone(pk) {
    const card = this.find(`story-${pk}-card`);
    if (!card) return;
    card.addEventListener("animationend", (event) => event.target === card && this.rearrange(() => card.remove()));
    card.classList.add("note-leaving");
    if (!card.isConnected || getComputedStyle(card).animationName === "none") card.remove();
    this.showPill();
  }

  counts(stories) {
    for (const [pk, counts] of Object.entries(stories)) {
      const reactions = this.find(`story-${pk}-reactions`);
      if (!reactions) continue;
      customElements.upgrade(reactions); // where the pill still holds its card
      reactions.show(counts);
    }
  }

  // A restored card is added only if its place is on this page.
  belongs(card) {
    if (this.dataset.author && card.dataset.author !== this.dataset.author) return false;
    const last = this.notes.lastElementChild;
    return !last || !document.getElementById("wall-older") || moment(card) > moment(last);
  }

  add(card) {
    const below = [...this.notes.children].find((other) => moment(other) < moment(card));
    card.classList.add("note-arriving");
    card.addEventListener("animationend", (event) => event.target === card && card.classList.remove("note-arriving"));
    this.notes.insertBefore(card, below ?? null);
    htmx.process(card);
    this.status.textContent = this.dataset.from.replace("{}", () => card.querySelector(".note-author").textContent);
    this.trim();
  }

  // Too many events were missed, so the page has to be reloaded; further down only the pill offers it.
  outOfDate() {
    if (atTop()) return location.reload();
    this.setAttribute("older", "");
    this.announce(this.dataset.movedOn);
  }

  reveal() {
    if (this.hasAttribute("older") || !this.held.children.length) return;
    const held = [...this.held.children].sort((one, other) => moment(one) - moment(other));
    this.rearrange(() => held.forEach((card) => this.add(card)));
    this.showPill();
  }

  open(event) {
    if (this.hasAttribute("older") || !this.held.children.length) return;
    event.preventDefault();
    scrollTo({ top: 0, behavior: still.matches ? "instant" : "smooth" });
    this.reveal();
    document.getElementById("main").focus({ preventScroll: true });
  }

  // The other cards are animated from their old place to the new one. Animations add up, so a second change within
  // the same second does not make a card jump.
  rearrange(change) {
    if (still.matches) return change();
    const before = new Map([...this.notes.children].map((note) => [note, place(note)]));
    change();
    for (const [note, was] of before) {
      if (!note.isConnected || note.matches(".note-leaving")) continue;
      const now = place(note);
      const [x, y] = [was.x - now.x, was.y - now.y];
      if (!x && !y) continue;
      const wrapped = x * y < 0 && Math.abs(x) > note.offsetWidth;
      const from = wrapped ? { opacity: 0 } : { translate: `${x}px ${y}px`, composite: "add" };
      note.animate([from, wrapped ? { opacity: 1 } : { translate: "0 0", composite: "add" }], GLIDE);
    }
  }

  showPill() {
    const number = this.held.children.length;
    this.pill.hidden = !number;
    if (number) this.announce(this.counted("new", number));
  }

  // The element has one attribute for each plural form of the language.
  counted(what, number) {
    const words = this.getAttribute(`data-${what}-${plural.select(number)}`) ?? this.getAttribute(`data-${what}-other`);
    return words.replace("{}", number);
  }

  announce(words) {
    this.pill.textContent = this.status.textContent = words;
    this.pill.hidden = false;
  }

  trim() {
    const older = document.getElementById("wall-older");
    if (!older || this.notes.children.length <= MOST) return;
    this.notes.lastElementChild.remove();
    const last = this.notes.lastElementChild;
    const query = new URLSearchParams(older.search);
    query.set("before", `${last.dataset.moment}-${last.id.split("-")[1]}`);
    older.search = query;
  }

  find(id) {
    return document.getElementById(id) ?? this.held.querySelector(`#${id}`);
  }
}

const isFull = ({ status }) => status === 429 || status === 503;
const plural = new Intl.PluralRules(document.documentElement.lang);
const still = matchMedia("(prefers-reduced-motion: reduce)");
const atTop = () => scrollY < 160;
const place = (note) => ({ x: note.offsetLeft, y: note.offsetTop });
const moment = (card) => Number(card.dataset.moment);

customElements.define("live-wall", LiveWall);
