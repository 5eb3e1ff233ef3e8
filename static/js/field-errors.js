// An error leaves as soon as its field is right.
function isRight({ value, maxLength }) {
  return value.trim() !== "" && (maxLength < 0 || value.length <= maxLength);
}

function removeError(field) {
  field.removeAttribute("aria-invalid");
  for (const id of (field.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one.endsWith("_error"))) {
    for (const error of field.form.querySelectorAll(`#${CSS.escape(id)}`)) error.remove();
    const rest = field.getAttribute("aria-describedby").split(" ").filter((one) => one !== id).join(" ");
    rest ? field.setAttribute("aria-describedby", rest) : field.removeAttribute("aria-describedby");
  }
}

document.addEventListener("input", ({ target }) => {
  if (!target.form || target.getAttribute("aria-invalid") !== "true" || !isRight(target)) return;
  const fields = target.type === "radio" ? target.form.elements[target.name] : [target];
  for (const field of fields) removeError(field);
});
