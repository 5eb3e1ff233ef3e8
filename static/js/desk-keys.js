// The desk by keyboard: single keys, for whoever has not switched them off; never with a modifier, never while
// typing. Each press does one thing, and where nothing can be done it says why.
import { isOthers, keyOf } from "./desk-key.js";

const STEPS = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
const SCREENS = { " ": 1, PageDown: 1, PageUp: -1 };
const KEYS = "prdseux/?";
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable], .answering form *, letter-draft *";
const SHOWN = 6000; // milliseconds for an explanation

class DeskKeys extends HTMLElement {
  connectedCallback() {
    this.onKey = (event) => this.pressed(event);
    addEventListener("keydown", this.onKey);
  }

  disconnectedCallback() {
    removeEventListener("keydown", this.onKey);
  }

  get desk() {
    return document.querySelector("moderators-desk");
  }

  get current() {
    return this.desk.list.place;
  }

  get story() {
    const story = this.desk.querySelector(".desk-read");
    return story?.checkVisibility() ? story : null;
  }

  pressed(event) {
    if (event.defaultPrevented || isOthers(event) || document.querySelector("dialog[open], [popover]:popover-open")) return;
    const key = keyOf(event);
    // On a tick, or on a reason for several, the enter key would send a form that nobody has looked at.
    if (key === "Enter" && event.target.matches?.("[type=checkbox], [type=radio]")) return event.preventDefault();
    if (key === "Escape") return this.close();
    if (!this.hasAttribute("enabled") || event.target.closest?.(TYPING)) return;
    const done = key in STEPS ? this.step(STEPS[key]) : this.act(key, event);
    if (done) event.preventDefault();
  }

  act(key, { repeat, target }) {
    const idle = target === document.body || target === this.story;
    if (key === "Enter") return idle && this.read();
    if (key in SCREENS) return target === document.body && this.turn(SCREENS[key]);
    return KEYS.includes(key) && this.press(key, repeat);
  }

  step(by) {
    const links = [...this.desk.querySelectorAll(".queue-link")];
    if (!links.length) return this.say("empty");
    const at = links.indexOf(this.current);
    const to = links[Math.min(Math.max(at + by, 0), links.length - 1)];
    if (to === this.current) this.say(by > 0 ? "last" : "first");
    else if ("answering" in this.desk.dataset) return this.say("sending");
    else {
      // At once, so that the next press counts from here.
      this.say();
      this.desk.list.mark(to);
      this.click(to);
    }
    to.focus({ preventScroll: true });
    to.scrollIntoView({ block: "nearest" });
    return true;
  }

  // To the first word of the open story, or to the story that is marked in the list.
  read() {
    if (!this.story) return this.current ? this.click(this.current) : this.say("empty");
    this.story.scrollTo({ top: 0 });
    this.story.focus();
    return true;
  }

  // With nothing in focus, a browser would not know what to scroll.
  turn(by) {
    this.story?.scrollBy({ top: by * this.story.clientHeight * 0.9 });
    return Boolean(this.story);
  }

  // A key that is held down presses once; while a decision is on its way, the next story is not there to be decided on.
  press(key, repeat) {
    if (repeat) return true;
    if (key === "?") return document.getElementById("desk-help").showModal() ?? true;
    if ("answering" in this.desk.dataset) return this.say("sending");
    if (key === "x") return this.tick();
    const found = [...this.desk.querySelectorAll(`[data-key="${key}"]`), ...document.querySelectorAll(`header [data-key="${key}"]`)];
    const button = found.find((one) => one.checkVisibility());
    if (!button) return this.explain(key);
    const { sight } = this.desk;
    if (button.closest(".desk-item") && !sight.isSeen) {
      sight.show();
      return this.say("unseen");
    }
    this.say();
    if (button.matches("summary")) {
      button.parentElement.open = true;
      button.parentElement.querySelector("[name=reason]:checked, textarea, select")?.focus();
    } else if (button.matches("a, input")) button.focus();
    else this.click(button);
    return true;
  }

  explain(key) {
    if (key === "u") return this.say("undone");
    if (!this.story) return this.say("closed");
    const why = this.desk.querySelector(".desk-why-not")?.textContent.trim();
    return this.say("useless", why);
  }

  // Shown and read out; without a name, what was said before is taken away.
  say(name, words = this.dataset[name]) {
    const line = document.getElementById("desk-answer");
    clearTimeout(this.clearing);
    line.textContent = name ? words : "";
    if (name) this.clearing = setTimeout(() => (line.textContent = ""), SHOWN);
    return true;
  }

  // A fast moderator may press before htmx has processed the form; the whole page would be loaded.
  click(one) {
    const powered = one.closest("a, form");
    if (powered && !powered.hasAttribute("data-htmx-powered")) htmx.process(powered);
    one.click();
    return true;
  }

  tick() {
    const row = (this.desk.list.way ?? document.activeElement).closest(".queue-row") ?? this.current?.closest(".queue-row");
    const box = row?.querySelector("[type=checkbox]");
    if (!box) return this.say("unticked");
    box.click();
    return this.say();
  }

  // The text in it stays.
  close() {
    const open = this.desk.querySelector(".desk-bar details[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  }
}

customElements.define("desk-keys", DeskKeys);
