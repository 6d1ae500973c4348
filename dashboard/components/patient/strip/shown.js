// The chosen film, large, with its words; its neighbours are fetched before they are asked for.

const KEPT = 12
const shownFilms = new WeakMap()
const fetched = new Map()

function fetchFilm(film) {
  if (!film || fetched.has(film.url)) return
  const picture = new Image()
  picture.src = film.url
  // Decoded ahead, so that the step itself only shows it; why it fails is said when it is shown.
  picture.decode().catch(() => {})
  fetched.set(film.url, picture)
  if (fetched.size > KEPT) fetched.delete(fetched.keys().next().value)
}

async function sayWhy(frame, film) {
  let why = "This film cannot be shown."
  try {
    const answer = await fetch(film.url)
    if (!answer.ok) why = await answer.text()
  } catch {
    why = "The dashboard cannot be reached. Reload the page."
  }
  frame.replaceChildren(element("p", "missing", why))
}

function drawShown(root) {
  const { films } = shownFilms.get(root)
  const place = films.findIndex((film) => film.id === choosing.film)
  const film = films[place]
  if (!film || root.dataset.shown === JSON.stringify(film)) return
  root.dataset.shown = JSON.stringify(film)
  const figure = element("figure")
  const caption = element("figcaption")
  const words = element("div")
  words.setAttribute("role", "status")
  caption.append(words)
  words.append(element("span", "title", film.title), ...film.lines.map((line) => element("span", "line", line)))
  const frame = element("div", "frame")
  const link = element("a")
  Object.assign(link, { href: film.url, target: "_blank", rel: "noopener", title: "Open in full size" })
  const picture = element("img")
  picture.alt = film.alternative
  picture.addEventListener("error", () => sayWhy(frame, film))
  picture.src = film.url
  link.append(picture)
  frame.append(link)
  figure.append(caption, frame)
  root.replaceChildren(figure)
  for (const near of [1, -1, 2, -2]) fetchFilm(films[place + near])
}

export default function (component) {
  const { parentElement, data } = component
  const root = parentElement.querySelector(".shown")
  const before = shownFilms.has(root)
  shownFilms.set(root, { films: data.films })
  root.dataset.dark = String(data.dark)
  adoptFilm(data, data.films.map((film) => film.id))
  drawShown(root)
  if (!before) onChosen(root, () => drawShown(root))
}
