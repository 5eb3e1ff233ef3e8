// Counts the characters left as a person does, and stores a copy of the text in this browser until the server
// has saved it, so that a closed browser or a lost network loses nothing.
const RETRY = 5000;
const plural = new Intl.PluralRules(document.documentElement.lang);
const segmenter = new Intl.Segmenter();
const count = (text) => [...segmenter.segment(text.replaceAll("\r\n", "\n").trim())].length;
const read = (key) => JSON.parse(localStorage.getItem(key));

class StoryComposer extends HTMLElement {
  connectedCallback() {
    this.key = this.dataset.keep + this.dataset.composer;
    // The server has the story, so its copy here is not needed.
    if ("sent" in this.dataset) return localStorage.removeItem(this.key);
    this.form = this.querySelector("form");
    this.body = this.form.elements.body;
    this.saving = this.querySelector("[hx-post]");
    this.saved = this.querySelector("#composer-saved");
    this.left = this.querySelector("#remaining");
    this.turn = 0;
    this.reached = "savedAt" in this.dataset; // whether the server has this draft at all
    if (!("typed" in this.dataset)) this.restore(this.newerCopy());
    this.form.addEventListener("input", () => this.typed());
    this.form.addEventListener("submit", () => this.submitted());
    this.form.addEventListener("formdata", (event) => event.formData.set("turn", this.nextTurn()));
    addEventListener("pageshow", (event) => event.persisted && this.reopened());
    this.addEventListener("htmx:before:request", (event) => this.beforeSave(event));
    this.addEventListener("htmx:after:request", (event) => this.handleResponse(event.detail.ctx?.response?.status));
    this.addEventListener("htmx:error", () => this.handleFailure());
    this.show();
  }

  disconnectedCallback() {
    clearTimeout(this.retry);
  }

  typed() {
    this.saved.textContent = "";
    this.store();
    this.show();
  }

  // A save that is under way when the form is sent might reach the server after it, so it is cancelled.
  submitted() {
    this.away = this.words();
    clearTimeout(this.retry);
    this.saving?.dispatchEvent(new Event("htmx:abort"));
  }

  // The reader came back to this page, from the next one or from a failed request.
  reopened() {
    this.away = null;
    this.form.dispatchEvent(new Event("input"));
  }

  // Nothing is saved while the form is being sent, unless somebody types on.
  beforeSave(event) {
    this.sent = this.words();
    if (this.sent === this.away) event.preventDefault();
  }

  // Later requests have greater numbers, also after the page was closed and its words were brought back.
  nextTurn() {
    return (this.turn = Math.max(this.turn + 1, Date.now()));
  }

  store() {
    localStorage.setItem(this.key, JSON.stringify({ ...this.fields(), at: Date.now(), reached: this.reached }));
  }

  handleResponse(status) {
    if (!status || status === 403 || status === 429 || status >= 500) return this.handleFailure();
    if (status !== 200) return;
    this.reached = true;
    clearTimeout(this.retry);
    // Text typed during the save is not on the server yet.
    if (this.words() === this.sent) localStorage.removeItem(this.key);
    else this.store();
  }

  handleFailure() {
    this.saved.textContent = this.dataset.unanswered;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.form.dispatchEvent(new Event("input")), RETRY);
  }

  // Returns this draft's copy if it is newer than the server's text; in an empty composer, one that never reached
  // the server.
  newerCopy() {
    for (const key of Object.keys(localStorage).filter((key) => key.startsWith(this.dataset.keep))) {
      const copy = read(key);
      if (key === this.key) {
        if (copy.at > Date.parse(this.dataset.savedAt ?? 0)) return copy;
        localStorage.removeItem(key);
      } else if (!this.reached && !copy.reached && copy.body) {
        // Under its old key it is sent as the same story.
        this.key = key;
        this.form.elements.composer.value = key.slice(this.dataset.keep.length);
        return copy;
      }
    }
    return null;
  }

  restore(copy) {
    if (!copy) return;
    for (const field of this.parts()) {
      const value = copy[field.name] ?? "";
      if (["radio", "checkbox"].includes(field.type)) field.checked = [value].flat().includes(field.value);
      else field.value = value;
    }
    this.saved.textContent = this.dataset.restored;
    // After htmx has started, so that the text is saved at once.
    addEventListener("load", () => this.form.dispatchEvent(new Event("input")), { once: true });
  }

  // Returns every field that people see, so that a new one needs nothing here.
  parts() {
    return [...this.form.elements].filter(({ name, type }) => name && !["hidden", "submit"].includes(type));
  }

  fields() {
    const data = new FormData(this.form);
    const chosen = ({ name, type }) => (type === "checkbox" ? data.getAll(name) : data.get(name));
    return Object.fromEntries(this.parts().map((field) => [field.name, chosen(field)]));
  }

  words() {
    return JSON.stringify(this.fields());
  }

  // The element has one attribute for each plural form of the language.
  counted(what, number) {
    const words = this.getAttribute(`data-${what}-${plural.select(number)}`) ?? this.getAttribute(`data-${what}-other`);
    return words.replace("{}", number.toLocaleString(document.documentElement.lang));
  }

  show() {
    const left = Number(this.dataset.most) - count(this.body.value);
    this.left.textContent = this.counted(left < 0 ? "over" : "left", Math.abs(left));
    this.left.classList.toggle("is-over", left < 0);
    const boxes = [...this.form.querySelectorAll("[name=qualities]")];
    const full = boxes.filter((box) => box.checked).length >= 3;
    for (const box of boxes) box.disabled = full && !box.checked;
  }
}

customElements.define("story-composer", StoryComposer);
