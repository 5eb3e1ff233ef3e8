// What a browser keeps for a page. Its storage may be closed, full, or hold something else; then nothing is kept.
export function readStored(storage, name) {
  try {
    return JSON.parse(window[storage].getItem(name));
  } catch {
    return null;
  }
}

export function store(storage, name, value) {
  try {
    window[storage].setItem(name, JSON.stringify(value));
  } catch {}
}
