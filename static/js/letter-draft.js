// Helps a moderator to write a letter: a reason brings words to begin from, a press puts in a phrase of their own, and
// the preview follows.
const READY = 100;

class LetterDraft extends HTMLElement {
  connectedCallback() {
    if (this.form) return; // the element was only moved, with the list that stays
    this.form = this.querySelector("form") ?? this.closest("form");
    if (this.querySelector("unsent-text[data-typed]")) this.show();
    this.form.addEventListener("text-restored", () => this.show());
    this.addEventListener("change", ({ target }) => target.name === "reason" && this.begin(target));
    this.addEventListener("focusin", ({ target }) => target.matches("textarea") && (this.last = target));
    this.addEventListener("click", ({ target }) => target.matches(".phrase") && this.insert(target.dataset.words));
  }

  // The preview follows the words that are there already as soon as htmx has found the form.
  show() {
    const field = this.querySelector("textarea");
    const follow = () => setTimeout(() => field.dispatchEvent(new Event("input", { bubbles: true })), READY);
    document.readyState === "complete" ? follow() : addEventListener("load", follow, { once: true });
  }

  // A reason brings the words to begin from, unless the moderator has written some already.
  begin(radio) {
    const words = radio.closest("label").querySelector("small")?.textContent ?? "";
    const field = this.form.elements.message;
    if (field.value !== (this.begun ?? "")) return;
    this.begun = field.value = words;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  insert(words) {
    const field = this.last ?? this.form.elements.message;
    const gap = field.value && !/\s$/.test(field.value) ? " " : "";
    field.setRangeText(gap + words, field.selectionEnd, field.selectionEnd, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

customElements.define("letter-draft", LetterDraft);
