// A form whose button asks the browser for a passkey first and then sends what it answers.
// The form contains the options as JSON; otherwise they are fetched from its address.

const CANCELLED = ["NotAllowedError", "AbortError"];
// A passkey belongs to a name; no browser makes one for a numbered address.
const NUMBERED = /^\[|^[\d.]+$/.test(location.hostname);

customElements.define("passkey-form", class extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    if (NUMBERED || !window.PublicKeyCredential?.parseCreationOptionsFromJSON) return;
    this.form.hidden = this.button.hidden = false;
    this.querySelector("[data-cannot]")?.remove();
    this.form.addEventListener("submit", this);
  }

  get button() {
    return this.form.querySelector("button");
  }

  async handleEvent(event) {
    event.preventDefault();
    this.button.disabled = true;
    try {
      const credential = await this.ask(await this.options());
      this.form.elements.credential.value = JSON.stringify(credential);
      this.form.submit();
    } catch (error) {
      this.showError(error);
    } finally {
      this.button.disabled = false;
    }
  }

  async options() {
    const here = this.querySelector('script[type="application/json"]');
    if (here) return JSON.parse(here.textContent).publicKey;
    const response = await fetch(this.form.action, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(`answered ${response.status}`);
    return (await response.json()).request_options.publicKey;
  }

  ask(options) {
    if (!options.user) {
      return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    }
    options.authenticatorSelection = { ...options.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" };
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  }

  showError(error) {
    const place = this.querySelector("[role=alert]");
    place.textContent = CANCELLED.includes(error.name) ? this.dataset.cancelled : this.dataset.failed;
    place.hidden = false;
  }
});
