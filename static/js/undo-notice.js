// Goes when what it offers is over.
class UndoNotice extends HTMLElement {
  connectedCallback() {
    const left = Date.parse(this.dataset.until) - Date.now();
    // A clock that goes wrong here must not take the offer away, nor leave it for ever.
    this.ending = setTimeout(() => this.remove(), Math.min(Math.max(left, 3000), 11_000));
  }

  disconnectedCallback() {
    clearTimeout(this.ending);
  }
}

customElements.define("undo-notice", UndoNotice);
