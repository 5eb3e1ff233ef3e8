// The server has what was sent, so its copy in this browser is not needed. Other words, which were typed in another
// window and never sent, or sent to a server that was away, are shown once more.
import { forgetText, keptTexts } from "./kept-texts.js";

class SentText extends HTMLElement {
  connectedCallback() {
    const ours = this.dataset.copy;
    for (const [key, { text, submitted, revision }] of keptTexts(ours)) {
      if (key !== ours && !key.startsWith(`${ours}:`)) continue; // of a story whose number begins with this one's
      const words = text?.body ?? text?.message;
      const hasGoneOn = submitted && (!this.dataset.revision || revision !== this.dataset.revision);
      const arrived = hasGoneOn || typeof words !== "string" || ["", this.dataset.words].includes(words.trim());
      if (arrived) forgetText(key);
      else this.show(key, words);
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
