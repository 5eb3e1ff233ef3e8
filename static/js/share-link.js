// A link to pass on: a field to select it in, and buttons for what this browser can do with it.
customElements.define("share-link", class extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input");
    this.field.addEventListener("focus", () => this.field.select());
    this.offer("[data-copy]", navigator.clipboard, () => this.copy());
    this.offer("[data-share]", navigator.share, () => this.share());
    this.offer("[data-print]", window.print, () => window.print());
  }

  offer(button, can, act) {
    if (!can) return;
    const offered = this.querySelector(button);
    offered.hidden = false;
    offered.addEventListener("click", act);
  }

  async copy() {
    const label = this.querySelector("[data-copy] span");
    this.label ??= label.textContent;
    try {
      await navigator.clipboard.writeText(this.field.value);
    } catch {
      this.field.focus(); // selected, to be copied by hand
      return;
    }
    label.textContent = this.querySelector("[role=status]").textContent = this.dataset.copied;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (label.textContent = this.label), 3000);
  }

  async share() {
    // Rejected when somebody cancels.
    await navigator.share({ title: this.dataset.title, url: this.field.value }).catch(() => {});
  }
});
