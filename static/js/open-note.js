// A press on a note's words opens its story, as a press on the paper around them does. Words that somebody marks stay
// on the page, and what can be pressed itself does what it says.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".note-body")?.closest(".note")?.querySelector(".note-open");
  if (!link || event.defaultPrevented || event.target.closest("a, button") || !getSelection().isCollapsed) return;
  const { ctrlKey, metaKey, shiftKey } = event;
  link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey }));
});
