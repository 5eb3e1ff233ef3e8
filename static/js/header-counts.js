// Numbers of the header that change while the page is open, and the title, which repeats one of them.
const PREFIX = /^\(\d+\+?\) /;

// How many stories need this moderator; a page of members, or of no team, shows no such number.
export function writeWaiting(number) {
  for (const shown of document.querySelectorAll(".nav-waiting")) {
    shown.firstChild.nodeValue = number;
    shown.hidden = !number;
  }
  writeTitle();
}

// The title repeats the first of these numbers that is not zero: stories that need a moderator, then new notices.
export function writeTitle() {
  const counts = [...document.querySelectorAll(".nav-waiting, .bell .nav-count")];
  const number = counts.find((count) => !count.hidden)?.firstChild.nodeValue.trim();
  document.title = (number ? `(${number}) ` : "") + document.title.replace(PREFIX, "");
}
