// “Back to the wall” goes back in the browser’s history where the wall was the page before, and so to the same card.
document.querySelector("a[data-back]")?.addEventListener("click", (event) => {
  const { ctrlKey, metaKey, shiftKey, currentTarget } = event;
  if (ctrlKey || metaKey || shiftKey || history.length < 2 || !document.referrer) return;
  const from = new URL(document.referrer);
  if (location.hash) return; // after the skip link, the page before is this one
  if (from.origin !== location.origin || from.pathname !== currentTarget.pathname) return;
  event.preventDefault();
  history.back();
});
