// Without a connection the form is not sent into the void: it waits, visibly, and is sent when the line is back.
class WaitingSubmit extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.form.addEventListener("submit", (event) => this.hold(event), { capture: true });
    this.form.addEventListener("draft-unreachable", () => (this.unreachable = true));
    this.form.addEventListener("draft-saved", () => this.reconnected());
    addEventListener("online", () => this.reconnected());
    this.querySelector("button").addEventListener("click", () => this.cancel());
  }

  hold(event) {
    if (navigator.onLine && !this.unreachable) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.submitter = event.submitter;
    this.hidden = false;
    this.querySelector("button").focus();
    this.form.dispatchEvent(new Event("input")); // a save finds out whether the line is back
  }

  reconnected() {
    this.unreachable = false;
    if (!this.submitter) return;
    const submitter = this.submitter;
    this.cancel();
    this.form.requestSubmit(submitter);
  }

  cancel() {
    this.submitter?.focus();
    this.submitter = null;
    this.hidden = true;
  }
}

customElements.define("waiting-submit", WaitingSubmit);
