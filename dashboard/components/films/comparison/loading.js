// Fetches grey values of films and values of maps; what cannot be had is an Error that says why in words.

const AGAIN_MS = 1500
const GREYS_HEADER = "x-film-greys"
const SUMMARY_HEADER = "x-map-summary"
const UNREACHED = "The dashboard cannot be reached. Reload the page."

async function fetched(url) {
  let answer
  try {
    answer = await fetch(url)
  } catch {
    throw new Error(UNREACHED)
  }
  if (!answer.ok) throw new Error(await answer.text())
  return answer
}

async function loadFilm(url) {
  const answer = await fetched(url)
  const said = JSON.parse(answer.headers.get(GREYS_HEADER))
  try {
    return { ...said, values: new Uint16Array(await answer.arrayBuffer()) }
  } catch {
    throw new Error(UNREACHED)
  }
}

// Waits until the worker has made the map; `waiting` is told what is said until then, `wanted` whether to go on.
async function loadMap(url, { waiting, wanted }) {
  let answer = await fetched(url())
  while (answer.status === 202) {
    waiting(await answer.text())
    await new Promise((done) => setTimeout(done, AGAIN_MS))
    if (!wanted()) return null
    answer = await fetched(url())
  }
  const summary = decodeURIComponent(answer.headers.get(SUMMARY_HEADER) ?? "")
  const picture = await createImageBitmap(await answer.blob(), { colorSpaceConversion: "none", premultiplyAlpha: "none" })
  return { picture, summary }
}
