// The line in which the desk answers a key that could do nothing: shown, and read out.
import { explain } from "./key-line.js";

export class DeskLine {
  constructor(words) {
    this.words = words; // by name
  }

  // Without a name, the sentence before is taken away. The key has been used all the same.
  write(name, words = this.words[name]) {
    explain(document.getElementById("desk-answer"), name ? words : "");
    return true;
  }
}
