// Shows two versions of a text, and lets their author choose the one to go on with. Until then there is no form.
class TwoTexts extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    for (const button of this.querySelectorAll("button")) {
      button.addEventListener("click", () => this.choose(button.value));
    }
  }

  // `isEarly`: the form's text is not the server's, but was typed while the page was loading.
  ask(texts, isEarly) {
    this.form.classList.add("is-choosing");
    const title = this.querySelector("#text-server-title");
    if (isEarly) title.textContent = title.dataset.early;
    this.hidden = false;
    for (const [name, text] of Object.entries(texts)) {
      this.querySelector(`[data-words=${name}]`).textContent = text.body || "…";
      this.querySelector(`[data-choices=${name}]`).textContent = this.choices(text).join(" · ");
    }
    const focus = () => this.querySelector("h2").focus();
    document.readyState === "complete" ? focus() : addEventListener("load", focus, { once: true });
  }

  // The kind and the qualities as the form calls them.
  choices({ kind, qualities }) {
    const fields = [...this.form.querySelectorAll("[name=kind], [name=qualities]")];
    const chosen = [kind, ...qualities].map((value) => fields.find((field) => field.value === value));
    return chosen.filter(Boolean).map((field) => field.closest("label").textContent.trim());
  }

  choose(name) {
    this.hidden = true;
    this.form.classList.remove("is-choosing");
    this.dispatchEvent(new CustomEvent("text-chosen", { detail: name }));
    this.form.elements.body.focus();
  }
}

customElements.define("two-texts", TwoTexts);
