// Offers the browser's own time zone first among the hundreds; the choice stays the reader's.
class OwnTimeZone extends HTMLElement {
  connectedCallback() {
    const select = this.querySelector("select");
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const listed = [...select.options].find((option) => option.value === zone);
    if (!listed || this.querySelector("[data-own]")) return;
    const group = Object.assign(document.createElement("optgroup"), { label: this.dataset.label });
    group.dataset.own = "";
    select.options[0].after(group);
    group.append(listed); // moved, so that what is chosen stays chosen
  }
}

customElements.define("own-time-zone", OwnTimeZone);
