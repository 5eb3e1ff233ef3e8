// Holds the cards that arrive while somebody reads further down, and counts them. Pressed, or when the reader is back
// at the top, it sends "open" with detail.cards.
class WallPill extends HTMLElement {
  connectedCallback() {
    this.held = new DocumentFragment();
    this.link = this.querySelector("a");
    this.status = document.getElementById("wall-status");
    this.link.addEventListener("click", (event) => this.press(event));
    addEventListener("scroll", () => this.isAtTop && this.open(), { passive: true });
  }

  get isAtTop() {
    return scrollY < 160;
  }

  get isEmpty() {
    return !this.held.children.length;
  }

  hold(card) {
    this.held.append(card);
    this.count();
  }

  find(id) {
    return this.held.querySelector(`#${id}`);
  }

  // The wall has moved on too far: the link leads to the page, loaded anew.
  offer(words, isQuiet) {
    this.outOfDate = true;
    if (!isQuiet) this.say(words);
    this.link.textContent = words;
    this.link.hidden = false;
  }

  // The wall shows another page, which has all that was held.
  clear() {
    this.held.replaceChildren();
    this.outOfDate = false;
    this.link.hidden = true;
  }

  open() {
    if (this.outOfDate || this.isEmpty) return;
    const cards = [...this.held.children];
    this.held.replaceChildren();
    this.count();
    this.dispatchEvent(new CustomEvent("open", { detail: { cards } }));
  }

  press(event) {
    if (this.outOfDate || this.isEmpty) return;
    event.preventDefault();
    scrollTo({ top: 0, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
    this.open();
    document.getElementById("main").focus({ preventScroll: true });
  }

  count() {
    const number = this.held.children.length;
    if (this.outOfDate) return;
    this.link.hidden = !number;
    if (!number) return;
    // The element has one attribute for each plural form of the language.
    const words = this.getAttribute(`data-new-${plural.select(number)}`) ?? this.dataset.newOther;
    this.link.textContent = words.replace("{}", number);
    this.say(this.link.textContent);
  }

  say(words) {
    this.status.textContent = words;
  }
}

const plural = new Intl.PluralRules(document.documentElement.lang);

customElements.define("wall-pill", WallPill);
