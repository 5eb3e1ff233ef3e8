// Goes when what it offers is over, by the server's clock.
import { now } from "./server-clock.js";

const [LEAST, MOST] = [3000, 11_000]; // milliseconds, whatever the clocks say

class UndoNotice extends HTMLElement {
  connectedCallback() {
    const left = Date.parse(this.dataset.until) - now();
    this.ending = setTimeout(() => this.remove(), left < MOST ? Math.max(left, LEAST) : MOST);
  }

  disconnectedCallback() {
    clearTimeout(this.ending);
  }
}

customElements.define("undo-notice", UndoNotice);
