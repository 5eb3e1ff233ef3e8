// Keeps a copy of what is typed in this browser until the server has it, with the revision that it is based on. If the
// server's text has gone on from another revision meanwhile, the author sees both and chooses.
import { forgetText, keepText, keptTexts } from "./kept-texts.js";
import "./two-texts.js";
import { checkedText, isEmptyText, isFilledIn, isSameText, readText, writeText } from "./story-text.js";

const LATER = 1_000; // turns: more than this browser can have sent after it kept a copy

class DraftCopy extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.saved = this.form.querySelector("#composer-saved");
    this.reached = Boolean(this.dataset.story); // whether the server has this draft at all
    this.server = readText(this.form);
    if ("typed" in this.dataset) this.keep();
    else this.restore();
    this.form.addEventListener("input", () => this.keep());
    this.form.addEventListener("draft-sending", () => this.keep(readText(this.form)));
    this.form.addEventListener("submit", () => this.keep(readText(this.form), true));
    this.form.addEventListener("draft-saved", ({ detail }) => this.handleSaved(detail));
  }

  get key() {
    const composer = this.form.elements.composer.value;
    return `${this.dataset.copy}${this.dataset.story ?? composer}:${composer}`;
  }

  keep(sent = this.sent, submitted = false) {
    if (this.choosing) return;
    this.sent = sent;
    const text = readText(this.form);
    if (!this.reached && isEmptyText(text)) return forgetText(this.key);
    const { revision, composer, turn } = this.form.elements;
    const request = { revision: revision.value, composer: composer.value, turn: Number(turn.value) };
    this.dataset.kept = keepText(this.key, { text, sent, submitted, ...request, reached: this.reached });
  }

  handleSaved(sent) {
    this.reached = true;
    // Text that was typed during the save is not on the server yet.
    if (isSameText(readText(this.form), sent)) forgetText(this.key);
    else this.keep();
  }

  // In a new form, a copy that never reached the server goes on; in a draft's form, the latest copy of it.
  restore() {
    const { copy: key, story } = this.dataset;
    // Texts of other forms are kept under the same beginning of a key; only a copy of a story has `reached`.
    const isOurs = ([, copy]) => "reached" in copy && (story || !copy.reached);
    const copies = keptTexts(story ? key + story : key).filter(isOurs);
    const [found, copy] = copies.findLast(([, copy]) => checkedText(copy.text ?? copy)?.body || story) ?? [];
    const text = checkedText(copy?.text ?? copy); // a copy of the former kind was the text itself
    if (!text) return;
    forgetText(found);
    if (isSameText(text, this.server)) return;
    // Under its old number it is sent as the same story.
    if (!story && copy.composer) this.form.elements.composer.value = copy.composer;
    if (!story) this.form.elements.turn.value = (Number(copy.turn) || 0) + LATER;
    const based = copy.revision === this.form.elements.revision.value;
    const goesOn = !story || based || isSameText(checkedText(copy.sent), this.server);
    if (goesOn && !isFilledIn(this.form)) this.bringBack(text);
    else this.ask(text, copy);
  }

  bringBack(text) {
    writeText(this.form, text);
    this.keep();
    this.saved.textContent = this.dataset.restored;
    // After htmx has started, so that the text is saved at once.
    const save = () => this.form.dispatchEvent(new Event("input"));
    document.readyState === "complete" ? save() : addEventListener("load", save, { once: true });
  }

  // Until the author has chosen, a reload asks again.
  ask(text, copy) {
    keepText(this.key, copy);
    this.choosing = true;
    const question = this.querySelector("two-texts");
    const isEarly = isFilledIn(this.form);
    question.ask({ server: this.server, browser: text }, isEarly);
    question.addEventListener("text-chosen", ({ detail }) => {
      this.choosing = false;
      forgetText(this.key);
      if (detail === "browser") this.bringBack(text);
      else if (isEarly) this.form.dispatchEvent(new Event("input"));
    });
  }
}

customElements.define("draft-copy", DraftCopy);
