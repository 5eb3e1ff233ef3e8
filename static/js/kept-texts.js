// Texts that a person has typed and not sent yet, in this browser. A key begins with the person's number, so that
// nobody reads another's. The browser's storage may be missing, full or hold anything: nothing here throws.
const OURS = "kindwall:";
const MOST_TEXTS = 50;
const LONGEST = 50_000;

function attempt(action) {
  try {
    return action();
  } catch {
    return undefined;
  }
}

function parse(text) {
  const value = attempt(() => JSON.parse(text));
  return value && typeof value === "object" && !Array.isArray(value) ? value : null;
}

// Returns [key, text] of each under this prefix, those that were kept first before the others.
export function keptTexts(prefix = OURS) {
  const keys = attempt(() => Object.keys(localStorage)) ?? [];
  return keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => [key, keptText(key)])
    .filter(([, text]) => text)
    .sort(([, one], [, other]) => (one.place ?? 0) - (other.place ?? 0));
}

export function keptText(key) {
  return parse(attempt(() => localStorage.getItem(key)) ?? null);
}

// Returns whether the text is kept. Where there are too many or the storage is full, the oldest make room.
export function keepText(key, text) {
  const others = keptTexts().filter(([other]) => other !== key);
  const place = (others.at(-1)?.[1].place ?? 0) + 1;
  const value = JSON.stringify({ ...text, place });
  if (value.length > LONGEST) return false;
  while (others.length >= MOST_TEXTS) forgetText(others.shift()[0]);
  for (;;) {
    if (attempt(() => localStorage.setItem(key, value) ?? true)) return true;
    if (!others.length) return false;
    forgetText(others.shift()[0]);
  }
}

export function forgetText(key) {
  attempt(() => localStorage.removeItem(key));
}
