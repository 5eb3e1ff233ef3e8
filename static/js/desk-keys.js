// The desk by keyboard: single keys, for whoever has not switched them off; never with a modifier, never while
// typing, and each press is one answer.
const NEXT = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable], .answering form *, letter-draft *";

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
    return this.desk.querySelector(".queue-link[aria-current]");
  }

  pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    // On a tick or a reason the enter key would send a form that nobody has looked at.
    if (event.key === "Enter" && event.target.matches?.("[type=checkbox], [type=radio]")) return event.preventDefault();
    if (event.key === "Escape") return this.close();
    if (!this.hasAttribute("enabled") || event.target.closest?.(TYPING)) return;
    if (event.key in NEXT ? this.step(NEXT[event.key]) : this.press(event)) event.preventDefault();
  }

  step(by) {
    const links = [...this.desk.querySelectorAll(".queue-link")];
    if (!links.length) return false;
    const at = links.indexOf(this.current);
    const to = links[Math.min(Math.max(at + by, 0), links.length - 1)];
    if (to !== this.current) {
      // At once, so that the next press counts from here.
      this.current?.removeAttribute("aria-current");
      to.setAttribute("aria-current", "true");
      this.click(to);
    }
    to.focus({ preventScroll: true });
    return true;
  }

  // A key that is held down presses once; while an answer is on its way, the next story is not there to be answered.
  press({ key, repeat }) {
    if (repeat || "answering" in this.desk.dataset) return true;
    if (key === "?") return document.getElementById("desk-help").showModal() ?? true;
    if (key === "x") return this.tick();
    const button = [...this.desk.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((one) => one.checkVisibility());
    if (!button) return false;
    if (button.matches("summary")) {
      button.parentElement.open = true;
      button.parentElement.querySelector("[name=reason]:checked, textarea, select")?.focus();
    } else if (button.matches("a")) button.focus();
    else this.click(button);
    return true;
  }

  // A fast moderator may press before htmx has processed the form; the whole page would be loaded.
  click(one) {
    const powered = one.closest("a, form");
    if (powered && !powered.hasAttribute("data-htmx-powered")) htmx.process(powered);
    one.click();
  }

  tick() {
    const row = document.activeElement.closest(".queue-row") ?? this.current?.closest(".queue-row");
    const box = row?.querySelector("[type=checkbox]");
    box?.click();
    return Boolean(box);
  }

  // The text in it stays.
  close() {
    const open = this.desk.querySelector(".desk-item details[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
  }
}

customElements.define("desk-keys", DeskKeys);
