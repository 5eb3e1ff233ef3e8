// Keeps the order in which qualities are chosen, at most three of them; the first one is the paper.
class QualityChoice extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.boxes = [...this.querySelectorAll("[name=qualities]")];
    // Before the others read the order.
    this.form.addEventListener("input", () => this.show(), { capture: true });
    this.show();
  }

  show() {
    const { order } = this.form.elements;
    const chosen = this.boxes.filter((box) => box.checked).map((box) => box.value);
    const before = order.value.split(",").filter((quality) => chosen.includes(quality));
    const ordered = [...new Set([...before, ...chosen])];
    order.value = ordered.join();
    for (const box of this.boxes) box.disabled = ordered.length >= 3 && !box.checked;
    const papers = [...this.form.classList].filter((name) => name.startsWith("paper-"));
    this.form.classList.remove(...papers);
    this.form.classList.add(`paper-${ordered[0] ?? "peace"}`);
  }
}

customElements.define("quality-choice", QualityChoice);
