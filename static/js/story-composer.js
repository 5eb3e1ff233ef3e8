// Counts what is left as a person counts, paints the sheet, and keeps a copy of the words in this
// browser until the server has them: a closed lid or a lost network loses nothing.
const RETRY = 5000;
const segmenter = new Intl.Segmenter();
const count = (text) => [...segmenter.segment(text.replaceAll("\r\n", "\n").trim())].length;

class StoryComposer extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.body = this.form.elements.body;
    this.saved = this.querySelector("#composer-saved");
    this.left = this.querySelector("#remaining");
    this.saver = this.querySelector("[hx-trigger]");
    this.restore();
    this.form.addEventListener("input", (event) => this.typed(event));
    this.form.addEventListener("submit", () => this.submitting());
    this.addEventListener("htmx:after:request", (event) => this.answered(event.detail.ctx));
    this.addEventListener("htmx:error", () => this.unanswered());
    this.show();
  }

  disconnectedCallback() {
    clearTimeout(this.retry);
  }

  typed() {
    this.saved.textContent = "";
    localStorage.setItem(this.dataset.keep, JSON.stringify(this.fields()));
    this.show();
  }

  submitting() {
    clearTimeout(this.retry);
    this.querySelectorAll(".composer-actions button").forEach((button) => button.setAttribute("aria-disabled", "true"));
  }

  answered(ctx) {
    const status = ctx?.response?.status;
    if (status === 200) localStorage.removeItem(this.dataset.keep);
    else if (!status || status === 403 || status >= 500) this.unanswered();
  }

  unanswered() {
    this.saved.textContent = "Not saved yet. Your words are kept in this browser, and will be sent.";
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.form.dispatchEvent(new Event("input")), RETRY);
  }

  // What the server answered with wins, unless this browser holds words that never reached it.
  restore() {
    const kept = localStorage.getItem(this.dataset.keep);
    if (!kept || this.hasAttribute("data-typed")) return;
    const { body, kind, qualities } = JSON.parse(kept);
    if (!body || body === this.body.value) return localStorage.removeItem(this.dataset.keep);
    this.body.value = body;
    for (const radio of this.form.querySelectorAll("[name=kind]")) radio.checked = radio.value === kind;
    for (const box of this.form.querySelectorAll("[name=qualities]")) box.checked = qualities.includes(box.value);
    this.saved.textContent = "Brought back from this browser.";
    this.form.dispatchEvent(new Event("input"));
  }

  fields() {
    const data = new FormData(this.form);
    return { body: data.get("body"), kind: data.get("kind"), qualities: data.getAll("qualities") };
  }

  show() {
    const left = Number(this.dataset.most) - count(this.body.value);
    const number = Math.abs(left).toLocaleString();
    this.left.textContent = left < 0 ? `${number} characters too many` : `${number} characters left`;
    this.left.classList.toggle("is-over", left < 0);
    const boxes = [...this.form.querySelectorAll("[name=qualities]")];
    const full = boxes.filter((box) => box.checked).length >= 3;
    for (const box of boxes) box.disabled = full && !box.checked;
  }
}

customElements.define("story-composer", StoryComposer);
