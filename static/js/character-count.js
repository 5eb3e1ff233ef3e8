// Counts the characters that are left, as a person counts them.
const plural = new Intl.PluralRules(document.documentElement.lang);
const segmenter = new Intl.Segmenter();
const count = (text) => [...segmenter.segment(text.replaceAll("\r\n", "\n").trim())].length;

class CharacterCount extends HTMLElement {
  connectedCallback() {
    const form = this.closest("form");
    this.body = form.elements.body;
    form.addEventListener("input", () => this.show());
    this.show();
  }

  // The element has one attribute for each plural form of the language.
  counted(what, number) {
    const words = this.getAttribute(`data-${what}-${plural.select(number)}`) ?? this.getAttribute(`data-${what}-other`);
    return words.replace("{}", number.toLocaleString(document.documentElement.lang));
  }

  show() {
    const left = Number(this.dataset.most) - count(this.body.value);
    this.textContent = this.counted(left < 0 ? "over" : "left", Math.abs(left));
    this.classList.toggle("is-over", left < 0);
  }
}

customElements.define("character-count", CharacterCount);
