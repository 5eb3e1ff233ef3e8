// Counts what is left as a person counts, and keeps a copy of the words in this browser until the
// server has them: a closed lid or a lost network loses nothing.
const RETRY = 5000;
const plural = new Intl.PluralRules(document.documentElement.lang);
const segmenter = new Intl.Segmenter();
const count = (text) => [...segmenter.segment(text.replaceAll("\r\n", "\n").trim())].length;
const read = (key) => JSON.parse(localStorage.getItem(key));

class StoryComposer extends HTMLElement {
  connectedCallback() {
    this.key = this.dataset.keep + this.dataset.composer;
    if ("sent" in this.dataset) return localStorage.removeItem(this.key); // the server has it, and says where it stands
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
    this.addEventListener("htmx:before:request", (event) => this.asking(event));
    this.addEventListener("htmx:after:request", (event) => this.answered(event.detail.ctx?.response?.status));
    this.addEventListener("htmx:error", () => this.unanswered());
    this.show();
  }

  disconnectedCallback() {
    clearTimeout(this.retry);
  }

  typed() {
    this.saved.textContent = "";
    this.keep();
    this.show();
  }

  // Whatever is on its way to the server when the form is sent may get there after it, so it stays behind.
  submitted() {
    this.away = this.words();
    clearTimeout(this.retry);
    this.saving?.dispatchEvent(new Event("htmx:abort"));
  }

  // Back from where the form had led to, or from where it could not get to.
  reopened() {
    this.away = null;
    this.form.dispatchEvent(new Event("input"));
  }

  // Typed on while the form is away, the page may be here to stay: that is saved again.
  asking(event) {
    this.asked = this.words();
    if (this.asked === this.away) event.preventDefault();
  }

  // Later requests have greater numbers, also after the page was closed and its words were brought back.
  nextTurn() {
    return (this.turn = Math.max(this.turn + 1, Date.now()));
  }

  keep() {
    localStorage.setItem(this.key, JSON.stringify({ ...this.fields(), at: Date.now(), reached: this.reached }));
  }

  answered(status) {
    if (!status || status === 403 || status === 429 || status >= 500) return this.unanswered();
    if (status !== 200) return;
    this.reached = true;
    clearTimeout(this.retry);
    // What was typed while the save was on its way is still here alone.
    if (this.words() === this.asked) localStorage.removeItem(this.key);
    else this.keep();
  }

  unanswered() {
    this.saved.textContent = this.dataset.unanswered;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.form.dispatchEvent(new Event("input")), RETRY);
  }

  // This draft's own copy, if it is newer than what the server has; on a blank sheet, one that
  // never reached the server.
  newerCopy() {
    for (const key of Object.keys(localStorage).filter((key) => key.startsWith(this.dataset.keep))) {
      const copy = read(key);
      if (key === this.key) {
        if (copy.at > Date.parse(this.dataset.savedAt ?? 0)) return copy;
        localStorage.removeItem(key);
      } else if (!this.reached && !copy.reached && copy.body) {
        // Sent from here again, it is still the same story.
        this.key = key;
        this.form.elements.composer.value = key.slice(this.dataset.keep.length);
        return copy;
      }
    }
    return null;
  }

  restore(copy) {
    if (!copy) return;
    this.body.value = copy.body;
    for (const radio of this.form.querySelectorAll("[name=kind]")) radio.checked = radio.value === copy.kind;
    for (const box of this.form.querySelectorAll("[name=qualities]")) box.checked = copy.qualities.includes(box.value);
    this.saved.textContent = this.dataset.restored;
    // After htmx has begun to listen, so that it is saved at once.
    addEventListener("load", () => this.form.dispatchEvent(new Event("input")), { once: true });
  }

  fields() {
    const data = new FormData(this.form);
    return { body: data.get("body"), kind: data.get("kind"), qualities: data.getAll("qualities") };
  }

  words() {
    return JSON.stringify(this.fields());
  }

  // The words stand on the element, one form for each plural of the language.
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
