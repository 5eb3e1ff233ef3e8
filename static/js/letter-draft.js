// Keeps what a moderator writes in this browser while it is being written, so that looking at another story first
// loses nothing, and puts their own phrases into a letter.
const READY = 100;

class LetterDraft extends HTMLElement {
  connectedCallback() {
    if (this.form) return; // it was only moved, with the list that stays
    this.form = this.querySelector("form") ?? this.closest("form");
    this.fields = [...this.querySelectorAll("textarea")];
    if ("typed" in this.dataset) this.show();
    else this.restore(JSON.parse(localStorage.getItem(this.dataset.keep)));
    this.addEventListener("input", () => this.keep());
    this.addEventListener("change", ({ target }) => target.name === "reason" && this.begin(target));
    this.addEventListener("focusin", ({ target }) => target.matches("textarea") && (this.last = target));
    this.addEventListener("click", ({ target }) => target.matches(".phrase") && this.insert(target.dataset.words));
    this.form.addEventListener("submit", ({ submitter }) => (this.sent = this.contains(submitter)));
    this.form.addEventListener("htmx:after:request", ({ target, detail }) => {
      if (target === this.form && this.sent && detail.ctx?.response?.status === 200) localStorage.removeItem(this.dataset.keep);
    });
  }

  keep() {
    const reason = this.form.querySelector("[name=reason]:checked")?.value ?? "";
    const parts = Object.fromEntries(this.fields.map((field) => [field.name, field.value]));
    localStorage.setItem(this.dataset.keep, JSON.stringify({ ...parts, reason }));
  }

  restore(kept) {
    if (!kept) return;
    for (const field of this.fields) field.value = kept[field.name] ?? field.value;
    for (const radio of this.form.querySelectorAll("[name=reason]")) radio.checked = radio.value === kept.reason;
    this.closest("details")?.setAttribute("open", "");
    this.show();
  }

  // The preview follows what is written, and so it follows what is there already, as soon as htmx has come to it.
  show() {
    const tell = () => setTimeout(() => this.fields[0].dispatchEvent(new Event("input", { bubbles: true })), READY);
    document.readyState === "complete" ? tell() : addEventListener("load", tell, { once: true });
  }

  // A reason brings the words to begin from, where nothing of the moderator's own stands yet.
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
