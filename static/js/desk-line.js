// The line in which the desk answers a key that could do nothing: shown, and read out.
const SHOWN = 6000; // milliseconds

export class DeskLine {
  constructor(words) {
    this.words = words; // by name
  }

  // Without a name, the sentence before is taken away. The key has been used all the same.
  write(name, words = this.words[name]) {
    const line = document.getElementById("desk-answer");
    clearTimeout(this.clearing);
    line.textContent = name ? words : "";
    if (name) this.clearing = setTimeout(() => (line.textContent = ""), SHOWN);
    return true;
  }
}
