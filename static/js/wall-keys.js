// A wall by keyboard: single keys, for readers who have not switched them off; never with a modifier, never in a field.
// Each press does one thing, and where nothing can be done a line says why.
import { copyLink } from "./card-links.js";
import { isOthers, keyOf } from "./desk-key.js";
import { explain } from "./key-line.js";

const TYPING = "input, textarea, select, [contenteditable]";
const STEPS = { j: 1, k: -1 };
const HEAD = 120; // pixels of the page's head, which may cover a card
const KEYS = "?/souc12345";

class WallKeys extends HTMLElement {
  connectedCallback() {
    this.help = this.querySelector("dialog");
    this.line = this.querySelector("[role=status]");
    document.addEventListener("keydown", (event) => this.pressed(event));
    document.addEventListener("focusin", ({ target }) => (this.last = target.closest?.("#notes > .note") ?? this.last));
  }

  // The card in focus, or the one that was, while it is in sight.
  get current() {
    return this.last?.isConnected && isInSight(this.last) ? this.last : null;
  }

  pressed(event) {
    if (event.defaultPrevented || isOthers(event) || event.target.closest?.(TYPING)) return;
    if (document.querySelector("dialog[open], [popover]:popover-open")) return;
    const key = keyOf(event);
    // The list of keys, and in it their switch, can always be opened.
    if (key !== "?" && !this.hasAttribute("enabled")) return;
    if (key in STEPS) this.step(STEPS[key]);
    else if (key.length > 1 || !KEYS.includes(key)) return;
    else if (!event.repeat) this.act(key); // a key that is held down presses once
    event.preventDefault();
  }

  step(by) {
    const cards = [...document.querySelectorAll("#notes > .note")];
    const { current } = this;
    const card = cards[current ? cards.indexOf(current) + by : cards.findIndex(endsBelowHead)];
    if (!card) return this.write(!cards.length ? "empty" : by > 0 ? "last" : "first");
    this.write();
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "center" });
  }

  act(key) {
    const { current } = this;
    const find = (selector) => current.querySelector(selector);
    if (key === "?") return this.help.showModal();
    if (key === "/") return this.search();
    if (key === "s") return this.press(document.querySelector('.site-head a[href$="/share/"]'), "inside");
    if (!current) return this.write("unchosen");
    if (key === "o") return this.press(find(".note-open"));
    if (!find(".reaction-choose")) return this.write("inside");
    if (key === "c") return this.copy(find("[data-copy]"));
    if (key === "u") return this.press(find("button.reaction-uplift"), "own");
    this.press(find(".reaction-choose"));
    this.press(document.querySelectorAll("#reaction-menu button")[key - 1]);
  }

  search() {
    const field = document.querySelector(".wall-search [type=search]");
    field.focus();
    field.select();
  }

  // Not by a press, which opens a menu for moderators.
  copy(link) {
    this.write();
    copyLink(link.href);
  }

  press(one, otherwise) {
    this.write(one ? "" : otherwise);
    one?.click();
  }

  write(name) {
    explain(this.line, name && this.dataset[name]);
  }
}

const endsBelowHead = (card) => card.getBoundingClientRect().bottom > HEAD;
const isInSight = (card) => endsBelowHead(card) && card.getBoundingClientRect().top < innerHeight;

customElements.define("wall-keys", WallKeys);
