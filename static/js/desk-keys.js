// The desk by keyboard: single keys, for whoever has not switched them off; never with a modifier, never while typing.
import { DeskButtons } from "./desk-buttons.js";
import { isOthers, keyOf } from "./desk-key.js";
import { DeskLine } from "./desk-line.js";
import { DeskSteps } from "./desk-steps.js";

const STEPS = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
const SCREENS = { " ": 1, PageDown: 1, PageUp: -1 };
const BUTTONS = "prdseux/?";
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable], .answering form *, .desk-form *, letter-draft *";

class DeskKeys extends HTMLElement {
  connectedCallback() {
    this.desk = document.querySelector("moderators-desk");
    this.line = new DeskLine(this.dataset);
    this.steps = new DeskSteps(this);
    this.buttons = new DeskButtons(this);
    this.onKey = (event) => this.pressed(event);
    addEventListener("keydown", this.onKey);
  }

  disconnectedCallback() {
    removeEventListener("keydown", this.onKey);
  }

  pressed(event) {
    if (event.defaultPrevented || isOthers(event) || document.querySelector("dialog[open], [popover]:popover-open")) return;
    const key = keyOf(event);
    // On a tick, or on a reason for several, the enter key would send a form that nobody has looked at.
    if (key === "Enter" && event.target.matches?.("[type=checkbox], [type=radio]")) return event.preventDefault();
    if (key === "Escape") return this.close();
    if (event.target.closest?.(TYPING)) return;
    // The list of keys, and in it their switch, can always be opened.
    if (key !== "?" && !this.hasAttribute("enabled")) return;
    if (this.act(key, event)) event.preventDefault();
  }

  act(key, { repeat, target }) {
    if (key in STEPS) return this.steps.step(STEPS[key]);
    const isIdle = target === document.body;
    if (key === "Enter") return (isIdle || target === this.desk.story) && this.steps.read();
    if (key in SCREENS) return isIdle && this.steps.turn(SCREENS[key]);
    return BUTTONS.includes(key) && this.buttons.press(key, repeat);
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
