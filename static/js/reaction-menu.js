// The five reactions, one menu for the whole page: opened beside the “React” of a story, it is that story’s.
customElements.define("reaction-menu", class extends HTMLElement {
  connectedCallback() {
    if (!this.showPopover) return; // then the links lead to the story, where the five are shown
    document.addEventListener("click", (event) => this.open(event));
    // A press outside closes the menu before the click that follows it.
    document.addEventListener("pointerdown", () => (this.wasOpen = this.isOpen), { capture: true });
    document.addEventListener("reactions:painted", ({ target }) => target === this.reactions && this.paint());
    this.addEventListener("keydown", (event) => this.move(event));
    this.addEventListener("click", (event) => event.target.closest("button") && this.hidePopover());
    this.addEventListener("toggle", ({ newState }) => this.opener?.setAttribute("aria-expanded", newState === "open"));
    // Enter opens a link, so the space bar does too: with this script it is a button.
    document.addEventListener("keydown", (event) => {
      if (event.key !== " " || !event.target.matches("a.reaction-choose")) return;
      event.preventDefault();
      event.target.click();
    });
  }

  get isOpen() {
    return this.matches(":popover-open");
  }

  get choices() {
    return [...this.querySelectorAll("button")];
  }

  open(event) {
    const opener = event.target.closest?.(".reaction-choose");
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const again = opener === this.opener && (event.detail ? this.wasOpen : this.isOpen);
    this.hidePopover();
    if (again) return;
    this.opener = opener;
    this.reactions = opener.closest("story-reactions");
    this.paint();
    this.showPopover({ source: opener });
  }

  paint() {
    const address = this.reactions.querySelector(".reaction-who").pathname.replace(/reactions\/$/, "react/");
    for (const choice of this.choices) {
      const pressed = this.reactions.isPressed(choice.value);
      choice.setAttribute("formaction", address);
      choice.setAttribute("aria-pressed", pressed);
      choice.name = pressed ? "take-back" : "give";
    }
  }

  move(event) {
    const at = this.choices.indexOf(document.activeElement);
    const last = this.choices.length - 1;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.choices[(to + last + 1) % (last + 1)].focus();
  }
});
