// Keeps what is typed into the form around it in this browser until it has been sent, over a reload, a crash or a look
// elsewhere. Within a form that sends other things too, only the fields and buttons of the letter count.
import { forgetText, keepText, keptText } from "./kept-texts.js";

export class UnsentText extends HTMLElement {
  connectedCallback() {
    if (this.form) return; // the element was only moved
    this.form = this.closest("form");
    this.scope = this.closest("letter-draft form, form letter-draft") ?? this.form;
    if ("typed" in this.dataset) this.giveBack();
    else this.restore(keptText(this.dataset.copy));
    this.scope.addEventListener("input", () => this.keep());
    this.form.addEventListener("submit", ({ submitter }) => {
      this.sending = this.scope.contains(submitter);
      if (this.sending) this.keep(true);
    });
    this.form.addEventListener("htmx:after:request", ({ target, detail }) => {
      if (target === this.form && this.sending && detail.ctx?.response?.status === 200) forgetText(this.dataset.copy);
    });
  }

  giveBack() {
    this.keep(); // what the server shows is what was sent
  }

  get fields() {
    return [...this.scope.querySelectorAll("textarea, input[type=text], input[type=radio], select")];
  }

  get text() {
    const chosen = this.fields.filter((field) => field.type !== "radio" || field.checked);
    return Object.fromEntries(chosen.map((field) => [field.name, field.value]));
  }

  // Emptied again, or never begun: there is nothing to give back.
  get isAsServed() {
    return this.fields.every((field) => {
      if (field.type === "radio") return field.checked === field.defaultChecked;
      const options = [...(field.options ?? [])];
      const served = options.find(({ defaultSelected }) => defaultSelected) ?? options[0] ?? field;
      return field.value === (served.defaultValue ?? served.value);
    });
  }

  keep(submitted = false) {
    if (!submitted && !("typed" in this.dataset) && this.isAsServed) return forgetText(this.dataset.copy);
    const kept = keepText(this.dataset.copy, { text: this.text, submitted });
    if (kept || this.warning) return;
    this.warning = document.createElement("p");
    this.warning.className = "field-hint";
    this.warning.role = "status";
    this.after(this.warning);
    this.warning.textContent = this.dataset.unkept;
  }

  restore(kept) {
    if (!kept) return;
    const isSent = kept.submitted && "again" in this.dataset && document.querySelector("#toasts [data-sent]");
    if (isSent) return forgetText(this.dataset.copy);
    const text = kept.text ?? kept; // a letter of the former kind was the text itself
    for (const field of this.fields.filter(({ name }) => typeof text[name] === "string")) {
      if (field.type === "radio") field.checked = field.value === text[field.name];
      else field.value = text[field.name];
    }
    this.closest("details")?.setAttribute("open", "");
    // After the elements around it have started.
    setTimeout(() => this.form.dispatchEvent(new CustomEvent("text-restored")));
  }
}

customElements.define("unsent-text", UnsentText);
