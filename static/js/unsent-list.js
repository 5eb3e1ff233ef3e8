// Keeps a list of rows while it is edited, as unsent-text.js keeps a text. The server's list may have changed meanwhile,
// and rows are drawn by the server alone, so a copy that is another list is offered, and shown by sending it there.
import { UnsentText } from "./unsent-text.js";
import { forgetText, keptText } from "./kept-texts.js";

class UnsentList extends UnsentText {
  get fields() {
    return [...this.scope.querySelectorAll("li textarea, li input")];
  }

  get text() {
    return { rows: this.fields.map(({ name, value }) => [name, value]) };
  }

  // What the server gave back is what was sent, unless somebody has typed on since.
  giveBack() {
    const kept = keptText(this.dataset.copy);
    kept && !kept.submitted ? this.restore(kept) : this.keep();
  }

  restore(kept) {
    const rows = kept?.text?.rows;
    if (!Array.isArray(rows) || !rows.every(isRow)) return;
    if (wordsOf(rows) === wordsOf(this.text.rows)) return "typed" in this.dataset || forgetText(this.dataset.copy);
    const offer = this.form.querySelector("[data-offer]");
    offer.hidden = false;
    offer.querySelector("[data-show]").addEventListener("click", () => this.replace(rows));
    offer.querySelector("[data-delete]").addEventListener("click", () => {
      "typed" in this.dataset ? this.keep() : forgetText(this.dataset.copy);
      offer.remove();
    });
  }

  // The button that was pressed sends the form, with these rows.
  replace(rows) {
    const list = this.form.querySelector("ol");
    const all = Object.assign(document.createElement("li"), { hidden: true });
    all.append(...rows.map(([name, value]) => Object.assign(document.createElement("textarea"), { name, value })));
    list.replaceChildren(all);
  }
}

const isRow = (row) => Array.isArray(row) && row.length === 2 && row.every((part) => typeof part === "string");
const wordsOf = (rows) => JSON.stringify(rows.map(([, words]) => words.trim().split(/\s+/)).filter(([word]) => word));

customElements.define("unsent-list", UnsentList);
