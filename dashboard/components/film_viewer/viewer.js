// Shows films beside each other. Every text is set as text; a picture that fails says why in words.

function element(tag, className, text) {
  const node = document.createElement(tag)
  if (className) node.className = className
  if (text !== undefined) node.textContent = text
  return node
}

async function reasonOf(url) {
  try {
    const answer = await fetch(url)
    if (!answer.ok) return await answer.text()
  } catch {
    return "The dashboard cannot be reached. Reload the page."
  }
  return "This film cannot be shown."
}

function drawFilm(film) {
  const figure = element("figure")
  const heading = element("figcaption")
  heading.append(element("span", "title", film.title))
  for (const line of film.lines) heading.append(element("span", "line", line))
  figure.append(heading)
  const frame = element("div", "frame")
  if (film.url) {
    const link = element("a")
    link.href = film.url
    link.target = "_blank"
    link.rel = "noopener"
    link.title = "Open in full size"
    const picture = element("img")
    picture.alt = film.alternative
    picture.addEventListener("error", async () => {
      frame.replaceChildren(element("p", "missing", await reasonOf(film.url)))
    })
    picture.src = film.url
    link.append(picture)
    frame.append(link)
  } else frame.append(element("p", "missing", film.alternative))
  figure.append(frame)
  return figure
}

export default function (component) {
  const { data, parentElement } = component
  const root = parentElement.querySelector(".films")
  const shown = JSON.stringify(data.films)
  // The same films again: what is on screen stays as it is.
  if (root.dataset.shown === shown) return
  root.dataset.shown = shown
  root.replaceChildren(...data.films.map(drawFilm))
}
