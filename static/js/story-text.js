// The text in the composer's form as one value. Every field that people see belongs to it, so that a new one needs
// nothing here; qualities are in the order of choice.
const fieldsOf = (form) => [...form.elements].filter(({ name, type }) => name && !UNREAD.includes(type));
const UNREAD = ["hidden", "submit", "checkbox"];

export function readText(form) {
  const text = { qualities: form.elements.order.value.split(",").filter(Boolean) };
  for (const { name } of fieldsOf(form)) text[name] = form.elements[name].value;
  return text;
}

export function writeText(form, text) {
  for (const field of fieldsOf(form)) {
    const value = text[field.name] ?? "";
    if (field.type === "radio") field.checked = field.value === value;
    else field.value = value;
  }
  for (const box of form.querySelectorAll("[name=qualities]")) box.checked = text.qualities.includes(box.value);
  form.elements.order.value = text.qualities.join();
}

// Whether the form differs from what the server has sent: somebody has filled it in before a script was there.
export function isFilledIn(form) {
  const boxes = form.querySelectorAll("[name=qualities]");
  return [...fieldsOf(form), ...boxes].some((one) => one.checked !== one.defaultChecked || one.value !== one.defaultValue);
}

// Returns the text of a copy, which may hold anything, or null.
export function checkedText(text) {
  if (typeof text?.body !== "string") return null;
  const words = Object.fromEntries(Object.entries(text).filter(([, value]) => typeof value === "string"));
  const qualities = Array.isArray(text.qualities) ? text.qualities.filter((one) => typeof one === "string") : [];
  return { ...words, qualities };
}

export function isEmptyText({ qualities, ...words }) {
  return !qualities.length && Object.values(words).every((value) => !value.trim());
}

// The server stores a text without white space around it.
export function isSameText(one, other) {
  if (!one || !other || one.qualities.join() !== other.qualities.join()) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)].filter((name) => name !== "qualities"));
  return [...names].every((name) => (one[name] ?? "").trim() === (other[name] ?? "").trim());
}
