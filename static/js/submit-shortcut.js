// Sends the form by Ctrl+Enter, or by ⌘+Enter where that is the usual key. The element is the hint beside the button.
class SubmitShortcut extends HTMLElement {
  connectedCallback() {
    const form = this.closest("form");
    const apple = /^(Mac|iP)/.test(navigator.platform);
    if (apple) this.querySelector("kbd").textContent = "⌘";
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat || event.isComposing) return;
      if (form.matches(".is-choosing")) return;
      event.preventDefault();
      form.requestSubmit(form.querySelector("[aria-keyshortcuts]"));
    });
  }
}

customElements.define("submit-shortcut", SubmitShortcut);
