// Moderators' menu of a card: it opens where others copy the link. “Remove…” opens the letter in a dialog, and the line
// that the server sends takes the card's place, whichever of the response and the live stream comes first.
customElements.define("card-menu", class extends HTMLElement {
  connectedCallback() {
    [this.menu, this.dialog] = this.children;
    if (!this.menu.showPopover) return; // then the links work as for everybody
    this.nameOpeners();
    const notes = document.getElementById("notes");
    if (notes) new MutationObserver(() => this.nameOpeners()).observe(notes, { childList: true });
    document.addEventListener("click", (event) => this.press(event), { capture: true });
    this.dialog.addEventListener("click", ({ target }) => target.closest("[data-close]") && this.dialog.close());
    this.menu.addEventListener("click", () => this.menu.hidePopover());
    this.dialog.addEventListener("close", () => this.place?.hidden && this.place.remove());
    document.addEventListener("htmx:before:request", ({ target }) => this.undo(target));
    document.addEventListener("htmx:after:swap", () => this.finish());
  }

  nameOpeners() {
    for (const link of document.querySelectorAll("a.note-menu:not([aria-haspopup])")) link.ariaHasPopup = "true";
  }

  press(event) {
    const link = event.target.closest?.("a.note-menu, a[data-remove]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.matches("[data-remove]")) return this.open(link.href);
    event.stopPropagation(); // before the link is copied
    this.card = link.closest(".note");
    const [copy, remove] = this.menu.children;
    copy.href = link.href;
    remove.href = `${link.href}removal/`;
    remove.hidden = this.card.dataset.author === this.dataset.reader;
    this.menu.showPopover({ source: link });
  }

  async open(address) {
    this.card ??= document.querySelector(".note");
    this.place?.hidden && this.place.remove();
    const id = this.card.id.replace("card", "removed");
    this.place = Object.assign(document.createElement("div"), { id, hidden: true });
    this.card.before(this.place);
    this.dialog.replaceChildren();
    try {
      await Promise.all([
        ...this.dataset.scripts.split(" ").map((script) => import(script)),
        htmx.ajax("GET", address, { target: this.dialog, swap: "innerHTML" }),
      ]);
      this.dialog.children.length ? this.dialog.showModal() : location.assign(address);
    } catch {
      location.assign(address);
    }
  }

  // The line is in the place of the hidden one: the card goes, if the live stream has not taken it yet.
  finish() {
    const line = this.place && document.getElementById(this.place.id);
    if (!line || line.hidden || line === this.line) return;
    this.line = line;
    this.dialog.close();
    document.getElementById(line.id.replace("removed", "card"))?.remove();
    this.card = undefined;
    line.querySelector("button")?.focus();
  }

  // The card that comes back takes the line's place, from wherever it comes.
  undo(form) {
    const line = form.closest?.(".note-removed");
    if (line) line.id = line.id.replace("removed", "card");
  }
});
