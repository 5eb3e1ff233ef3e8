// Shows on the open wall what the live stream tells. At the top of the page a new card is pinned
// at once; further down a pill counts and nothing moves under the reader.
const MOST = 96; // cards kept on a page that stays open for days
const RETRY = 3000;

class LiveWall extends HTMLElement {
  connectedCallback() {
    this.notes = this.querySelector("#notes");
    this.pill = document.getElementById("wall-pill");
    this.status = document.getElementById("wall-status");
    this.held = new DocumentFragment();
    this.addEventListener("card", (event) => this.card(event.detail.data));
    this.addEventListener("gone", (event) => this.gone(event.detail.data));
    this.addEventListener("counts", (event) => this.counts(JSON.parse(event.detail.data)));
    this.addEventListener("reload", () => (atTop() ? location.reload() : this.ask("The wall has moved on: read it anew")));
    // The stream's own reconnecting begins with the first connection; that one is retried here.
    this.addEventListener("htmx:error", () => setTimeout(() => this.dispatchEvent(new Event("reconnect")), RETRY));
    this.pill.addEventListener("click", (event) => this.open(event));
    addEventListener("scroll", () => atTop() && this.reveal(), { passive: true });
  }

  card(html) {
    const card = document.createRange().createContextualFragment(html).firstElementChild;
    const shown = this.find(card.id);
    if (shown) {
      keepPressed(shown, card);
      shown.replaceWith(card);
      htmx.process(card);
    } else if (this.belongs(card)) {
      if (atTop() && !this.hasAttribute("older")) return this.hang(card);
      this.held.append(card);
      this.tell();
    }
  }

  gone(pk) {
    const card = this.find(`story-${pk}-card`);
    if (!card) return;
    card.addEventListener("animationend", () => card.remove(), { once: true });
    card.classList.add("note-leaving");
    if (!card.isConnected || getComputedStyle(card).animationName === "none") card.remove();
    this.tell();
  }

  counts(stories) {
    for (const [pk, counts] of Object.entries(stories))
      for (const [key, count] of Object.entries(counts)) {
        const shown = this.find(`story-${pk}-${key}-count`);
        if (!shown || shown.dataset.count === String(count)) continue;
        shown.textContent = shown.dataset.count = count;
        shown.classList.add("count-bumped");
        shown.addEventListener("animationend", () => shown.classList.remove("count-bumped"), { once: true });
      }
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
    this.status.textContent = `New story from ${card.querySelector(".note-author").textContent}`;
    this.trim();
  }

  reveal() {
    if (this.hasAttribute("older")) return;
    [...this.held.children].sort((one, other) => moment(one) - moment(other)).forEach((card) => this.hang(card));
    this.tell();
  }

  open(event) {
    if (this.hasAttribute("older") || !this.held.children.length) return;
    event.preventDefault();
    scrollTo({ top: 0, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
    this.reveal();
    document.getElementById("main").focus({ preventScroll: true });
  }

  tell() {
    const number = this.held.children.length;
    this.pill.hidden = !number;
    if (number) this.ask(number === 1 ? "1 new story" : `${number} new stories`);
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

const atTop = () => scrollY < 160;
const moment = (card) => Number(card.dataset.moment);

// What is broadcast is the same for everybody; what this reader has pressed is known only here.
function keepPressed(from, to) {
  for (const button of from.querySelectorAll("[aria-pressed]"))
    to.querySelector(`#${button.id}`)?.setAttribute("aria-pressed", button.getAttribute("aria-pressed"));
}

customElements.define("live-wall", LiveWall);
