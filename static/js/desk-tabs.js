// On a narrow screen the tabs of the lists scroll sideways: the one that is shown is in sight.
export function showTab(desk) {
  const tab = desk.querySelector(".desk-filters [aria-current]");
  if (!tab) return;
  const bar = tab.parentElement;
  bar.scrollLeft += tab.getBoundingClientRect().left - bar.getBoundingClientRect().left - (bar.clientWidth - tab.offsetWidth) / 2;
}
