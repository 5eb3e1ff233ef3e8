// The cards of the open wall: adds, replaces and removes one, in its place.
//
// #notes sends "card-added", "card-replaced" and "card-removed", which bubble, with the card as detail.card. They are
// sent while other cards still show their old places, so that what a listener moves glides too.
import { glide } from "./wall-glide.js";

const MOST = 96; // cards on a page that stays open for days

export class WallCards {
  constructor(wall, notes, pill) {
    Object.assign(this, { wall, notes, pill });
  }

  find(id) {
    return document.getElementById(id) ?? this.pill.find(id);
  }

  // A restored card is added only if its place is on this page.
  belongs(card) {
    const last = this.notes.lastElementChild;
    return !last || !document.getElementById("wall-older") || moment(card) > moment(last);
  }

  addAll(cards) {
    glide(this.notes, () => cards.forEach((card) => this.add(card)));
  }

  add(card) {
    const below = this.below(card);
    card.classList.add("note-arriving");
    card.addEventListener("animationend", (event) => event.target === card && card.classList.remove("note-arriving"));
    this.notes.insertBefore(card, below ?? null);
    htmx.process(card);
    this.announce("card-added", card);
    this.pill.say(this.wall.dataset.from.replace("{}", () => card.querySelector(".note-author").textContent));
    this.trim();
  }

  below(card) {
    if (!("behind" in card.dataset)) return [...this.notes.children].find((other) => moment(other) < moment(card));
    const before = document.getElementById(card.dataset.behind);
    return before?.parentElement === this.notes ? before.nextElementSibling : this.notes.firstElementChild;
  }

  replace(shown, card) {
    const { activeElement } = document;
    const focused = shown.contains(activeElement) && (activeElement.id || card.id);
    shown.replaceWith(card);
    htmx.process(card);
    this.announce("card-replaced", card);
    if (focused) (document.getElementById(focused) ?? card).focus({ preventScroll: true });
  }

  leave(pk) {
    const card = this.find(`story-${pk}-card`);
    if (!card) return;
    const remove = () => glide(this.notes, () => this.remove(card));
    card.addEventListener("animationend", (event) => event.target === card && remove());
    card.classList.add("note-leaving");
    if (!card.isConnected || getComputedStyle(card).animationName === "none") this.remove(card);
    this.pill.count();
  }

  remove(card) {
    card.remove();
    this.announce("card-removed", card);
  }

  announce(what, card) {
    this.notes.dispatchEvent(new CustomEvent(what, { bubbles: true, detail: { card } }));
  }

  trim() {
    const older = document.getElementById("wall-older");
    if (!older || "asked" in this.wall.dataset || this.notes.children.length <= MOST) return;
    this.remove(this.notes.lastElementChild);
    const last = this.notes.lastElementChild;
    const query = new URLSearchParams(older.search);
    query.set("before", `${last.dataset.moment}-${last.id.split("-")[1]}`);
    older.search = query;
  }
}

export const moment = (card) => Number(card.dataset.moment);
