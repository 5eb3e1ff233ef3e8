// Helps a moderator to write a letter: a reason fills it in, by the key of its number too, and the preview follows.
import "./field-errors.js";

const READY = 100;
const PARTS = ["message", "saw", "next_step", "talk_to"];
const NUMBER = /^(?:Digit|Numpad)([1-9])$/;

class LetterDraft extends HTMLElement {
  connectedCallback() {
    if (this.form) return; // the element was only moved, with the list that stays
    this.form = this.querySelector("form") ?? this.closest("form");
    this.begun = {}; // the words of each part that nobody has written by hand
    // The server begins no message: one that is there comes from a letter that was undone or not accepted.
    const isTyped = Boolean(this.querySelector("unsent-text[data-typed]") || this.field("message").defaultValue);
    for (const part of PARTS) this.begun[part] = isTyped ? "" : this.field(part).defaultValue;
    if (isTyped) this.show();
    this.form.addEventListener("text-restored", () => this.show());
    this.addEventListener("change", ({ target }) => target.name === "reason" && this.fill(target));
    this.addEventListener("keydown", (event) => this.press(event));
    this.details = this.closest("details");
    this.details?.addEventListener("toggle", () => this.details.open && this.begin());
  }

  field(part) {
    return this.form.elements[part];
  }

  // The reasons take the keys; on a phone the text takes the focus.
  begin() {
    if (this.contains(document.activeElement)) return;
    const reason = this.querySelector("[name=reason]:checked") ?? this.querySelector("[name=reason]");
    const isText = this.field("message").value || matchMedia("(width < 48rem)").matches;
    const first = isText ? this.field("message") : reason;
    first.focus();
    first.scrollIntoView({ block: "nearest" }); // clear of what stays below the letter
  }

  press(event) {
    const { target, key, code, repeat, isComposing, altKey, ctrlKey, metaKey } = event;
    if (repeat || isComposing || altKey) return;
    const isReason = target.matches("[name=reason]");
    const isForOne = this.form.id !== "bulk"; // a letter to several is sent by its button, or with Ctrl
    if (key === "Enter" && (ctrlKey || metaKey || (isReason && isForOne))) this.send();
    else if (isReason && NUMBER.test(code) && !ctrlKey && !metaKey) this.choose(code.match(NUMBER)[1]);
    else return;
    event.preventDefault();
  }

  choose(number) {
    const reason = this.querySelector(`[name=reason][aria-keyshortcuts="${number}"]`);
    reason?.focus();
    reason?.click();
  }

  send() {
    if (!this.field("message").value.trim()) return this.field("message").focus();
    const button = this.querySelector(".button-primary");
    if (button.disabled) return;
    // A fast moderator may be earlier than htmx; the whole page would be loaded.
    if (!this.form.hasAttribute("data-htmx-powered")) htmx.process(this.form);
    this.form.requestSubmit(button);
  }

  // The preview follows the words that are there already as soon as htmx has found the form.
  show() {
    const follow = () => setTimeout(() => this.follow(), READY);
    document.readyState === "complete" ? follow() : addEventListener("load", follow, { once: true });
  }

  follow() {
    this.field("message").dispatchEvent(new Event("input", { bubbles: true }));
  }

  // A reason fills in each part that nobody has written by hand.
  fill({ dataset }) {
    for (const part of PARTS) {
      const field = this.field(part);
      if (field.value !== this.begun[part]) continue;
      const usual = part === "message" || part === "saw" ? "" : field.defaultValue;
      this.begun[part] = field.value = dataset[part] || usual;
    }
    this.follow();
  }
}

customElements.define("letter-draft", LetterDraft);
