// A wall by keyboard: single keys, for readers who have not switched them off; never with a modifier, never in a field.
// Each press does one thing, and where nothing can be done a line says why.
import { isOthers, keyOf } from "./desk-key.js";

const TYPING = "input, textarea, select, [contenteditable]";
const SWITCH = "kindwall:single-keys"; // of a visitor, who has no account to keep it in
const SHOWN = 6000; // milliseconds for an explanation
const STEPS = { j: 1, k: -1 };

class WallKeys extends HTMLElement {
  connectedCallback() {
    this.help = this.querySelector("dialog");
    this.line = this.querySelector("[role=status]");
    this.toggle = this.querySelector("[data-toggle]");
    if (this.toggle) this.offerSwitch();
    document.addEventListener("keydown", (event) => this.pressed(event));
    document.addEventListener("focusin", ({ target }) => (this.last = target.closest?.("#notes > .note") ?? this.last));
  }

  get cards() {
    return [...document.querySelectorAll("#notes > .note")];
  }

  // The card in focus, or the one that was.
  get current() {
    return this.last?.isConnected ? this.last : null;
  }

  pressed(event) {
    if (event.defaultPrevented || isOthers(event) || event.target.closest?.(TYPING)) return;
    if (document.querySelector("dialog[open], [popover]:popover-open")) return;
    const key = keyOf(event);
    // The list of keys, and in it their switch, can always be opened.
    if (key !== "?" && !this.hasAttribute("enabled")) return;
    const done = key in STEPS ? this.step(STEPS[key]) : this.act(key, event.repeat);
    if (done) event.preventDefault();
  }

  step(by) {
    const { cards, current } = this;
    if (!cards.length) return this.say("empty");
    const at = current ? cards.indexOf(current) + by : cards.findIndex((card) => card.getBoundingClientRect().bottom > 120);
    if (!cards[at]) return this.say(by > 0 ? "last" : "first");
    this.say();
    cards[at].focus({ preventScroll: true });
    cards[at].scrollIntoView({ block: "center" });
    return true;
  }

  // A key that is held down presses once.
  act(key, repeat) {
    if (!["?", "/", "s", "o", "u", "c", "1", "2", "3", "4", "5"].includes(key)) return false;
    if (repeat) return true;
    if (key === "?") return this.help.showModal() ?? true;
    if (key === "/") return this.search();
    if (key === "s") return this.click(document.querySelector('.site-head a[href$="/share/"]'), "inside");
    if (!this.current) return this.say("unchosen");
    if (key === "o") return this.click(this.current.querySelector(".note-open"));
    if (!this.current.querySelector(".reaction-choose")) return this.say("inside");
    if (key === "c") return this.click(this.current.querySelector("[data-copy]"), "inside");
    if (key === "u") return this.click(this.current.querySelector("button.reaction-uplift"), "own");
    this.click(this.current.querySelector(".reaction-choose"));
    return this.click(document.querySelectorAll("#reaction-menu button")[key - 1]);
  }

  search() {
    const field = document.querySelector(".wall-search [type=search]");
    field.focus();
    field.select();
    return true;
  }

  click(one, otherwise) {
    if (!one) return this.say(otherwise);
    this.say();
    one.click();
    return true;
  }

  // Shown and read out; without a name, what was said before is taken away.
  say(name) {
    clearTimeout(this.clearing);
    this.line.textContent = name ? this.dataset[name] : "";
    if (name) this.clearing = setTimeout(() => (this.line.textContent = ""), SHOWN);
    return true;
  }

  offerSwitch() {
    const show = (on) => {
      this.toggleAttribute("enabled", on);
      this.toggle.textContent = this.toggle.dataset[on ? "off" : "on"];
    };
    try {
      show(localStorage.getItem(SWITCH) !== "off");
    } catch {
      show(true);
    }
    this.toggle.addEventListener("click", () => {
      show(!this.hasAttribute("enabled"));
      try {
        localStorage.setItem(SWITCH, this.hasAttribute("enabled") ? "on" : "off");
      } catch {} // then it holds for this page
    });
  }
}

customElements.define("wall-keys", WallKeys);
