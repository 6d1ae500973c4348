// Shows films beside each other. A picture that fails says why in words.

async function reasonOf(url) {
  try {
    const answer = await fetch(url)
    if (!answer.ok) return await answer.text()
  } catch {
    return "The dashboard cannot be reached. Reload the page."
  }
  return "This film cannot be shown."
}

const AGAIN_MS = 1500
const SUMMARY_HEADER = "x-map-summary"

// Lays the map over the film as soon as the worker has made it; until then, and where it failed, says so.
async function layMap(map, stack, status) {
  try {
    const answer = await fetch(map.url)
    if (!stack.isConnected) return
    if (answer.status === 202) {
      status.textContent = await answer.text()
      setTimeout(() => layMap(map, stack, status), AGAIN_MS)
    } else if (answer.ok) {
      const picture = element("img", "map")
      const summary = decodeURIComponent(answer.headers.get(SUMMARY_HEADER) ?? "")
      picture.alt = `Over the film: ${map.title}. ${summary}`
      const source = URL.createObjectURL(await answer.blob())
      picture.addEventListener("load", () => URL.revokeObjectURL(source))
      picture.src = source
      stack.append(picture)
      status.textContent = summary
    } else status.textContent = await answer.text()
  } catch {
    status.textContent = "The dashboard cannot be reached. Reload the page."
  }
}

function wordsOf(map) {
  const words = element("div", "map-words")
  words.append(element("span", "title", map.title), legendOf(map.legend))
  map.lines.forEach((line, place) => {
    words.append(element("span", place === map.lines.length - 1 ? "line caution" : "line", line))
  })
  const status = element("span", "line status", "")
  status.setAttribute("role", "status")
  words.append(status)
  return { words, status }
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
    const stack = element("span", "stack")
    stack.append(picture)
    link.append(stack)
    frame.append(link)
    if (film.overlay) {
      const { words, status } = wordsOf(film.overlay)
      figure.append(frame, words)
      // After the figure stands on the page.
      setTimeout(() => layMap(film.overlay, stack, status))
      return figure
    }
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
