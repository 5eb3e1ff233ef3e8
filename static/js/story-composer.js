// Saves the draft as it is typed. Each request has a greater number than the one before, so that a late one is ignored.
import "./character-count.js";
import "./draft-copy.js";
import "./quality-choice.js";
import "./submit-shortcut.js";
import "./waiting-submit.js";
import { isFilledIn, isSameText, readText } from "./story-text.js";

const RETRY = 5000;

class StoryComposer extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.saving = this.querySelector("[hx-post]");
    this.saved = this.querySelector("#composer-saved");
    this.form.addEventListener("input", () => (this.saved.textContent = ""));
    this.form.addEventListener("submit", () => this.submitted());
    this.form.addEventListener("formdata", ({ formData }) => formData.set("turn", ++this.form.elements.turn.value));
    addEventListener("pageshow", ({ persisted }) => (persisted || this.isEarly) && this.reopened());
    this.addEventListener("htmx:before:request", (event) => this.beforeSave(event));
    this.addEventListener("htmx:after:request", (event) => this.handleResponse(event.detail.ctx?.response?.status));
    this.addEventListener("htmx:error", () => this.handleFailure(true));
  }

  disconnectedCallback() {
    clearTimeout(this.retry);
  }

  // After a reload it is the browser that fills in the form.
  get isEarly() {
    return performance.getEntriesByType("navigation")[0]?.type === "navigate" && isFilledIn(this.form);
  }

  // A save that is under way when the form is sent might reach the server after it, so it is cancelled.
  submitted() {
    this.away = readText(this.form);
    clearTimeout(this.retry);
    this.saving?.dispatchEvent(new Event("htmx:abort"));
  }

  // The writer came back to this page, from the next one or from a failed request, or was here before this script.
  reopened() {
    this.away = null;
    this.form.dispatchEvent(new Event("input"));
  }

  // Nothing is saved while the form is being sent, unless somebody types on, nor while two texts wait for a choice.
  beforeSave(event) {
    this.sent = readText(this.form);
    const choosing = this.form.classList.contains("is-choosing");
    if (choosing || isSameText(this.sent, this.away)) return event.preventDefault();
    this.form.dispatchEvent(new CustomEvent("draft-sending"));
  }

  handleResponse(status) {
    if (!status || status === 403 || status === 429 || status >= 500) return this.handleFailure(!status);
    if (status !== 200) return;
    clearTimeout(this.retry);
    this.form.dispatchEvent(new CustomEvent("draft-saved", { detail: this.sent }));
  }

  handleFailure(unreachable) {
    const kept = this.querySelector("draft-copy")?.dataset.kept !== "false";
    this.saved.textContent = kept ? this.dataset.unanswered : this.dataset.unkept;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.form.dispatchEvent(new Event("input")), RETRY);
    if (unreachable) this.form.dispatchEvent(new CustomEvent("draft-unreachable"));
  }
}

customElements.define("story-composer", StoryComposer);
