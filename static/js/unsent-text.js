// Keeps what is typed into a form in this browser until it has been sent, over a reload, a crash or a look elsewhere.
import { forgetText, keepText, keptText } from "./kept-texts.js";

class UnsentText extends HTMLElement {
  connectedCallback() {
    if (this.form) return; // the element was only moved
    this.form = this.querySelector("form") ?? this.closest("form");
    if ("typed" in this.dataset) this.keep(); // the server gave it back
    else this.restore(keptText(this.dataset.key)?.text);
    this.addEventListener("input", () => this.keep());
    this.form.addEventListener("submit", ({ submitter }) => {
      this.sending = this.contains(submitter);
      if (this.sending) this.keep(this.text);
    });
    this.form.addEventListener("htmx:after:request", ({ target, detail }) => {
      if (target === this.form && this.sending && detail.ctx?.response?.status === 200) forgetText(this.dataset.key);
    });
  }

  get fields() {
    return [...this.querySelectorAll("textarea, input[type=radio], select")].filter((field) => field.name);
  }

  get text() {
    const chosen = this.fields.filter((field) => field.type !== "radio" || field.checked);
    return Object.fromEntries(chosen.map((field) => [field.name, field.value]));
  }

  keep(sent) {
    const kept = keepText(this.dataset.key, { text: this.text, sent });
    if (!kept && this.dataset.unkept && !this.warning) {
      this.warning = Object.assign(document.createElement("p"), { className: "field-hint", role: "status" });
      this.form.append(this.warning);
      this.warning.textContent = this.dataset.unkept;
    }
  }

  restore(text) {
    if (!text || typeof text !== "object") return;
    for (const field of this.fields.filter((field) => typeof text[field.name] === "string")) {
      if (field.type === "radio") field.checked = field.value === text[field.name];
      else field.value = text[field.name];
    }
    this.closest("details")?.setAttribute("open", "");
    this.form.dispatchEvent(new CustomEvent("text-restored"));
  }
}

customElements.define("unsent-text", UnsentText);
