// Shows on the open wall what the live stream tells. At the top of the page a new card is pinned
// at once; further down a pill counts and nothing moves under the reader.
const MOST = 96; // cards kept on a page that stays open for days
const RETRY = 3000;
const LATER = 60_000; // until a server that is full is asked again
const SOON = 10_000; // the longest between two attempts otherwise
const GLIDE = { duration: 800, easing: "cubic-bezier(.3, .8, .3, 1)" };

class LiveWall extends HTMLElement {
  connectedCallback() {
    this.notes = this.querySelector("#notes");
    this.pill = document.getElementById("wall-pill");
    this.status = document.getElementById("wall-status");
    this.held = new DocumentFragment();
    this.told = new Map(); // by story: the counts that the stream told last, and when
    this.asked = new WeakMap(); // by request: when it went out
    this.addEventListener("htmx:before:request", ({ detail }) => this.asked.set(detail.ctx, performance.now()));
    this.addEventListener("htmx:after:swap", ({ detail }) => this.keepUp(detail.ctx));
    this.addEventListener("card", (event) => this.card(event.detail.data));
    this.addEventListener("back", (event) => remember(this.card(event.detail.data)));
    this.addEventListener("gone", (event) => this.gone(event.detail.data));
    this.addEventListener("counts", (event) => this.counts(JSON.parse(event.detail.data)));
    this.addEventListener("reload", () => this.outOfDate());
    // The stream's own reconnecting begins with the first connection; that one is retried here.
    this.addEventListener("htmx:error", () => setTimeout(() => this.dispatchEvent(new Event("reconnect")), RETRY));
    this.addEventListener("htmx:response:error", ({ target, detail }) => {
      if (target === this && isFull(detail.ctx.response))
        setTimeout(() => this.dispatchEvent(new Event("reconnect")), LATER);
    });
    this.addEventListener("htmx:sse:after:connection", ({ detail }) => {
      detail.connection.config.reconnectMaxDelay = SOON;
      this.listen();
    });
    this.addEventListener("htmx:sse:after:message", () => this.listen());
    // Whom the wall has been closed to is told so by the page itself; nothing typed can be lost on it.
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

  // A line that has died says nothing of it. Every message, the heartbeat too, puts off the moment
  // at which silence is taken for that; then the stream is begun anew.
  listen() {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.stream?.reader?.cancel(), Number(this.dataset.silence));
  }

  card(html) {
    const card = document.createRange().createContextualFragment(html).firstElementChild;
    const shown = this.find(card.id);
    if (shown) {
      const focused = shown.contains(document.activeElement) && document.activeElement.id;
      keepPressed(shown, card);
      shown.replaceWith(card);
      htmx.process(card);
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    } else if (this.belongs(card)) {
      if (atTop() && !this.hasAttribute("older")) this.rearrange(() => this.hang(card));
      else this.held.append(card);
      this.tell();
    }
    return card;
  }

  gone(pk) {
    const card = this.find(`story-${pk}-card`);
    if (!card) return;
    card.addEventListener("animationend", (event) => event.target === card && this.rearrange(() => card.remove()));
    card.classList.add("note-leaving");
    if (!card.isConnected || getComputedStyle(card).animationName === "none") card.remove();
    this.tell();
  }

  counts(stories) {
    for (const [pk, counts] of Object.entries(stories)) {
      this.told.set(pk, { counts, at: performance.now() });
      this.count(pk, counts);
    }
  }

  count(pk, counts) {
    for (const [key, count] of Object.entries(counts)) {
      const shown = this.find(`story-${pk}-${key}-count`);
      if (!shown || shown.dataset.count === String(count)) continue;
      shown.textContent = shown.dataset.count = count;
      shown.classList.add("count-bumped");
      shown.addEventListener("animationend", () => shown.classList.remove("count-bumped"), { once: true });
    }
  }

  // The answer to a press was drawn before it travelled. What the stream has told meanwhile is newer,
  // or will be followed by what this press has done itself.
  keepUp(ctx) {
    const [, pk] = ctx?.sourceElement?.id.match(/^story-(\d+)-/) ?? [];
    const told = this.told.get(pk);
    if (told?.at > this.asked.get(ctx)) this.count(pk, told.counts);
  }

  // A card that was put back belongs here only if its place is on this page.
  belongs(card) {
    const last = this.notes.lastElementChild;
    return !last || !document.getElementById("wall-older") || moment(card) > moment(last);
  }

  hang(card) {
    const below = [...this.notes.children].find((other) => moment(other) < moment(card));
    card.classList.add("note-arriving");
    card.addEventListener("animationend", (event) => event.target === card && card.classList.remove("note-arriving"));
    this.notes.insertBefore(card, below ?? null);
    htmx.process(card);
    this.status.textContent = this.dataset.from.replace("{}", () => card.querySelector(".note-author").textContent);
    this.trim();
  }

  // Too much has happened to catch up with: the page is read anew, but not under a reader's eyes.
  outOfDate() {
    if (atTop()) return location.reload();
    this.setAttribute("older", "");
    this.ask(this.dataset.movedOn);
  }

  reveal() {
    if (this.hasAttribute("older") || !this.held.children.length) return;
    const held = [...this.held.children].sort((one, other) => moment(one) - moment(other));
    this.rearrange(() => held.forEach((card) => this.hang(card)));
    this.tell();
  }

  open(event) {
    if (this.hasAttribute("older") || !this.held.children.length) return;
    event.preventDefault();
    scrollTo({ top: 0, behavior: still.matches ? "instant" : "smooth" });
    this.reveal();
    document.getElementById("main").focus({ preventScroll: true });
  }

  // The neighbours glide from where they hung to where they hang now. Each glide adds to those
  // still under way, so a second change in the same second does not make them jump.
  rearrange(change) {
    if (still.matches) return change();
    const hung = new Map([...this.notes.children].map((note) => [note, place(note)]));
    change();
    for (const [note, was] of hung) {
      if (!note.isConnected || note.matches(".note-leaving")) continue;
      const now = place(note);
      const [x, y] = [was.x - now.x, was.y - now.y];
      if (!x && !y) continue;
      const wrapped = x * y < 0 && Math.abs(x) > note.offsetWidth;
      const from = wrapped ? { opacity: 0 } : { translate: `${x}px ${y}px`, composite: "add" };
      note.animate([from, wrapped ? { opacity: 1 } : { translate: "0 0", composite: "add" }], GLIDE);
    }
  }

  tell() {
    const number = this.held.children.length;
    this.pill.hidden = !number;
    if (number) this.ask(this.counted("new", number));
  }

  // The words stand on the element, one form for each plural of the language.
  counted(what, number) {
    const words = this.getAttribute(`data-${what}-${plural.select(number)}`) ?? this.getAttribute(`data-${what}-other`);
    return words.replace("{}", number);
  }

  ask(words) {
    this.pill.textContent = this.status.textContent = words;
    this.pill.hidden = false;
  }

  trim() {
    const older = document.getElementById("wall-older");
    if (!older || this.notes.children.length <= MOST) return;
    this.notes.lastElementChild.remove();
    const last = this.notes.lastElementChild;
    older.href = `?before=${last.dataset.moment}-${last.id.split("-")[1]}`;
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

// What is broadcast is the same for everybody; what this reader has pressed is known only here.
function keepPressed(from, to) {
  for (const button of from.querySelectorAll("[aria-pressed]"))
    to.querySelector(`#${button.id}`)?.setAttribute("aria-pressed", button.getAttribute("aria-pressed"));
}

// A story that was put back has this reader's earlier answers; its own page knows them.
async function remember(card) {
  if (!card.querySelector("[aria-pressed]")) return;
  const page = await fetch(card.querySelector(".note-byline a").href);
  if (page.ok) keepPressed(new DOMParser().parseFromString(await page.text(), "text/html"), card);
}

customElements.define("live-wall", LiveWall);
