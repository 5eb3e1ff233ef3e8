// The text in the composer's form as one value: its words, its kind, and its qualities in the order of choice.
export function readText(form) {
  const { body, kind, order } = form.elements;
  return { body: body.value, kind: kind.value, qualities: order.value.split(",").filter(Boolean) };
}

export function writeText(form, { body, kind, qualities }) {
  form.elements.body.value = body;
  for (const radio of form.querySelectorAll("[name=kind]")) radio.checked = radio.value === kind;
  for (const box of form.querySelectorAll("[name=qualities]")) box.checked = qualities.includes(box.value);
  form.elements.order.value = qualities.join();
}

// Returns the text of a copy, which may hold anything, or null.
export function checkedText(text) {
  if (typeof text?.body !== "string") return null;
  const qualities = Array.isArray(text.qualities) ? text.qualities.filter((one) => typeof one === "string") : [];
  return { body: text.body, kind: typeof text.kind === "string" ? text.kind : "", qualities };
}

export function isEmptyText({ body, kind, qualities }) {
  return !body.trim() && !kind && !qualities.length;
}

// The server stores a text without white space around it.
export function isSameText(one, other) {
  const value = ({ body, kind, qualities }) => JSON.stringify([body.trim(), kind, qualities]);
  return Boolean(one && other) && value(one) === value(other);
}
