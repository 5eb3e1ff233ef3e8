// Presses a link or a button. A fast moderator may be earlier than htmx; the whole page would be loaded.
export function click(one) {
  const powered = one.closest("a, form");
  if (powered && !powered.hasAttribute("data-htmx-powered")) htmx.process(powered);
  one.click();
  return true;
}
