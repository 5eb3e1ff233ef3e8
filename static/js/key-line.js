// The line that explains why a key does nothing, shown and read out for a while.
const SHOWN = 6000; // milliseconds
let clearing;

// Without words, what was said before is taken away.
export function explain(line, words = "") {
  clearTimeout(clearing);
  line.textContent = words;
  if (words) clearing = setTimeout(() => (line.textContent = ""), SHOWN);
}
