// The server has what was sent, so its copy in this browser is not needed. Words that were typed elsewhere meanwhile,
// and sent from nowhere, are shown once more.
import { forgetText, keptTexts } from "./kept-texts.js";

class SentText extends HTMLElement {
  connectedCallback() {
    for (const [key, { text, sent }] of keptTexts(this.dataset.key)) {
      const words = text?.body ?? text?.message;
      if (words?.trim() && JSON.stringify(text) !== JSON.stringify(sent) && words.trim() !== this.dataset.words) {
        this.show(key, words);
      } else forgetText(key);
    }
  }

  show(key, words) {
    const unsent = this.querySelector("template").content.firstElementChild.cloneNode(true);
    unsent.querySelector("blockquote").textContent = words;
    unsent.querySelector("button").addEventListener("click", () => {
      forgetText(key);
      unsent.remove();
    });
    this.append(unsent);
  }
}

customElements.define("sent-text", SentText);
