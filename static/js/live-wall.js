// Applies the messages of the live stream to the open wall. At the top of the page a new card is added at once;
// further down a pill counts new cards, so that nothing moves while somebody reads.
//
// #notes sends "card-added", "card-replaced" and "card-removed", which bubble, with the card as detail.card. They are
// sent while other cards still show their old places, so that what a listener moves glides too.
import { ArrivalPlaces } from "./arrival-places.js";
import { glide } from "./wall-glide.js";

const MOST = 96; // cards on a page that stays open for days

class LiveWall extends HTMLElement {
  connectedCallback() {
    this.notes = this.querySelector("#notes");
    this.places = new ArrivalPlaces(this);
    this.pill = document.querySelector("wall-pill");
    this.addEventListener("card", (event) => this.showCard(event.detail.data));
    this.addEventListener("back", (event) => this.showCard(event.detail.data));
    this.addEventListener("gone", (event) => this.removeCard(event.detail.data));
    this.addEventListener("counts", (event) => this.showCounts(JSON.parse(event.detail.data)));
    this.addEventListener("reload", () => this.outOfDate());
    this.pill.addEventListener("open", ({ detail }) => this.open(detail.cards));
  }

  showCard(html) {
    const card = document.createRange().createContextualFragment(html).firstElementChild;
    if ("asked" in this.dataset) return this.places.ask(card.id.split("-")[1], true);
    const shown = this.find(card.id);
    if (shown) this.replace(shown, card);
    else if (this.belongs(card)) {
      if (this.pill.isAtTop && !this.hasAttribute("older")) this.glide(() => this.add(card));
      else this.pill.hold(card);
    }
  }

  // Another page of this wall takes the place of this one.
  showPage(other) {
    this.shown = other;
    this.pill.clear();
    this.pill.link.search = other.dataset.asked ?? "";
    for (const name of ["data-asked", "older"]) {
      this.removeAttribute(name);
      if (other.hasAttribute(name)) this.setAttribute(name, other.getAttribute(name));
    }
    const notes = other.querySelector("#notes");
    this.notes.replaceChildren(...notes.children);
    for (const each of [...this.notes.parentElement.children]) if (each !== this.notes) each.remove();
    if (notes.previousElementSibling) this.notes.before(notes.previousElementSibling);
    if (notes.nextElementSibling) this.notes.after(notes.nextElementSibling);
    htmx.process(this);
  }

  showCounts(stories) {
    if ("asked" in this.dataset) this.places.askForCounts(Object.keys(stories));
    for (const [pk, counts] of Object.entries(stories)) {
      const reactions = this.find(`story-${pk}-reactions`);
      if (!reactions) continue;
      customElements.upgrade(reactions); // where the pill still holds its card
      reactions.show(counts);
    }
  }

  replace(shown, card) {
    const { activeElement } = document;
    const focused = shown.contains(activeElement) && (activeElement.id || card.id);
    shown.replaceWith(card);
    htmx.process(card);
    this.announce("card-replaced", card);
    if (focused) (document.getElementById(focused) ?? card).focus({ preventScroll: true });
  }

  removeCard(pk) {
    const card = this.find(`story-${pk}-card`);
    if (!card) return;
    card.addEventListener("animationend", (event) => event.target === card && this.glide(() => this.remove(card)));
    card.classList.add("note-leaving");
    if (!card.isConnected || getComputedStyle(card).animationName === "none") this.remove(card);
    this.pill.count();
  }

  remove(card) {
    card.remove();
    this.announce("card-removed", card);
  }

  // A restored card is added only if its place is on this page.
  belongs(card) {
    const last = this.notes.lastElementChild;
    return !last || !document.getElementById("wall-older") || moment(card) > moment(last);
  }

  add(card) {
    const below = this.below(card);
    card.classList.add("note-arriving");
    card.addEventListener("animationend", (event) => event.target === card && card.classList.remove("note-arriving"));
    this.notes.insertBefore(card, below ?? null);
    htmx.process(card);
    this.announce("card-added", card);
    this.pill.say(this.dataset.from.replace("{}", () => card.querySelector(".note-author").textContent));
    this.trim();
  }

  below(card) {
    if (!("behind" in card.dataset)) return [...this.notes.children].find((other) => moment(other) < moment(card));
    const before = document.getElementById(card.dataset.behind);
    return before?.parentElement === this.notes ? before.nextElementSibling : this.notes.firstElementChild;
  }

  // Too many events were missed, so the page has to be reloaded; further down only the pill offers it.
  outOfDate() {
    if (this.pill.isAtTop) return location.reload();
    this.setAttribute("older", "");
    this.pill.offer(this.dataset.movedOn);
  }

  open(cards) {
    if (!("asked" in this.dataset)) cards.sort((one, other) => moment(one) - moment(other));
    this.glide(() => cards.forEach((card) => this.add(card)));
  }

  glide(change) {
    glide(this.notes, change);
  }

  announce(what, card) {
    this.notes.dispatchEvent(new CustomEvent(what, { bubbles: true, detail: { card } }));
  }

  trim() {
    const older = document.getElementById("wall-older");
    if (!older || "asked" in this.dataset || this.notes.children.length <= MOST) return;
    this.remove(this.notes.lastElementChild);
    const last = this.notes.lastElementChild;
    const query = new URLSearchParams(older.search);
    query.set("before", `${last.dataset.moment}-${last.id.split("-")[1]}`);
    older.search = query;
  }

  find(id) {
    return document.getElementById(id) ?? this.pill.find(id);
  }
}

const moment = (card) => Number(card.dataset.moment);

customElements.define("live-wall", LiveWall);
