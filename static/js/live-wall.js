// Applies the messages of the live stream to the open wall. At the top of the page a new card is added at once;
// further down a pill counts new cards, so that nothing moves while somebody reads.
import { ArrivalPlaces } from "./arrival-places.js";
import { moment, WallCards } from "./wall-cards.js";

class LiveWall extends HTMLElement {
  connectedCallback() {
    this.notes = this.querySelector("#notes");
    this.pill = document.querySelector("wall-pill");
    this.cards = new WallCards(this, this.notes, this.pill);
    this.places = new ArrivalPlaces(this);
    for (const event of ["card", "back"]) this.addEventListener(event, ({ detail }) => this.showCard(detail.data));
    this.addEventListener("gone", ({ detail }) => this.cards.leave(detail.data));
    this.addEventListener("counts", ({ detail }) => this.showCounts(JSON.parse(detail.data)));
    this.addEventListener("reload", () => this.outOfDate());
    this.pill.addEventListener("open", ({ detail }) => this.open(detail.cards));
  }

  showCard(html) {
    const card = document.createRange().createContextualFragment(html).firstElementChild;
    if ("asked" in this.dataset) return this.places.ask(card.id.split("-")[1], true);
    const shown = this.cards.find(card.id);
    if (shown) this.cards.replace(shown, card);
    else if (this.cards.belongs(card)) {
      if (this.pill.isAtTop && !this.hasAttribute("older")) this.cards.addAll([card]);
      else this.pill.hold(card);
    }
  }

  showCounts(stories) {
    if ("asked" in this.dataset) this.places.askForCounts(Object.keys(stories));
    for (const [pk, counts] of Object.entries(stories)) {
      const reactions = this.cards.find(`story-${pk}-reactions`);
      if (!reactions) continue;
      customElements.upgrade(reactions); // where the pill still holds its card
      reactions.show(counts);
    }
  }

  open(cards) {
    if (!("asked" in this.dataset)) cards.sort((one, other) => moment(one) - moment(other));
    this.cards.addAll(cards);
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

  // Too many events were missed, so the page has to be reloaded; further down only the pill offers it.
  outOfDate() {
    if (this.pill.isAtTop) return location.reload();
    this.setAttribute("older", "");
    this.pill.offer(this.dataset.movedOn);
  }
}

customElements.define("live-wall", LiveWall);
