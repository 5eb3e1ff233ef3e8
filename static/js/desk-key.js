// Which single key was pressed on a wall or at the desk, whatever the keyboard: with Caps Lock, and without Latin letters.
const LATIN = /\p{Script=Latin}/u;
// Where the key of the slash types a full stop, as on Russian keyboards.
const SLASHES = { ".": "/", ",": "?" };

export function keyOf(event) {
  const { key, code } = event;
  if (key.length !== 1) return key;
  if (code === "Slash" && key in SLASHES) return SLASHES[key];
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  return (letter && !LATIN.test(key) ? letter : key).toLowerCase();
}

// A character that is being put together, or a shortcut of the browser's, is none of the desk's keys.
export function isOthers(event) {
  const { ctrlKey, altKey, metaKey, isComposing, key, keyCode } = event;
  return ctrlKey || altKey || metaKey || event.getModifierState?.("AltGraph") || isComposing || key === "Process" || keyCode === 229;
}
