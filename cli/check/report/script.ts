/** The report's only behavior: a click on a place plays from there, and a line shows where the player is. */
export const script = `
for (const article of document.querySelectorAll('article')) {
  const audio = article.querySelector('audio');
  const figure = article.querySelector('figure');
  if (!audio || !figure) continue;
  const seconds = Number(figure.dataset.seconds);
  const cursor = figure.querySelector('.cursor');
  const playFrom = (at) => {
    audio.currentTime = at;
    void audio.play();
  };
  figure.querySelector('svg').addEventListener('click', (event) => {
    const { left, width } = figure.getBoundingClientRect();
    playFrom(((event.clientX - left) / width) * seconds);
  });
  for (const button of article.querySelectorAll('[data-at]')) {
    button.addEventListener('click', () => playFrom(Number(button.dataset.at)));
  }
  audio.addEventListener('play', () => {
    for (const other of document.querySelectorAll('audio')) if (other !== audio) other.pause();
  });
  audio.addEventListener('timeupdate', () => {
    cursor.hidden = false;
    cursor.style.left = Math.min(100, (100 * audio.currentTime) / seconds) + '%';
  });
}
`;
