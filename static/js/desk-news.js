// A colleague's decision on the open story, above the story and the letter that its reader may be writing. Both stay as
// they are.
export function showNews(desk, words) {
  const news = desk.querySelector("#desk-news");
  if (!news || news.textContent === words) return;
  news.hidden = !words;
  news.textContent = words;
}
