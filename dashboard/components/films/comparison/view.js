// Where on the films each point of a pane lies. Matrices are [a, b, c, d, e, f]: x' = ax + by + c, y' = dx + ey + f.
// The films share a scene: its middle is theirs, its unit the longer side of a film, or, at 1:1, of the larger film.

const CLOSEST = 40
const FARTHEST = 0.4
const FARTHEST_OFF = 1.5

function after([a, b, c, d, e, f], [g, h, i, j, k, l]) {
  return [a * g + b * j, a * h + b * k, a * i + b * l + c, d * g + e * j, d * h + e * k, d * i + e * l + f]
}

const longer = ({ columns, rows }) => Math.max(columns, rows)

function unitOf(film, films, view) {
  return view.pixels ? Math.max(...films.map(longer)) : longer(film)
}

// Device pixels to a unit of the scene when everything fits the pane.
function fitting(films, view, width, height) {
  return Math.min(
    ...films.map((film) => Math.min((width * unitOf(film, films, view)) / film.columns, (height * unitOf(film, films, view)) / film.rows)),
  )
}

function scaleOf(films, view, width, height) {
  return fitting(films, view, width, height) * view.zoom
}

function toScene(films, view, width, height) {
  const step = 1 / scaleOf(films, view, width, height)
  return [step, 0, view.x - (width / 2) * step, 0, step, view.y - (height / 2) * step]
}

// From device pixels of a pane to pixels of film `which`; `alignment` takes points of the first film to the second.
function toFilm(which, films, view, alignment, width, height) {
  const [first, second] = films
  const base = alignment && which === 1 ? first : films[which]
  const unit = unitOf(base, films, view)
  let matrix = after([unit, 0, base.columns / 2, 0, unit, base.rows / 2], toScene(films, view, width, height))
  if (base === films[which]) return snapped(matrix)
  const [here, there] = [longer(first), longer(second)]
  const [[a, b, c], [d, e, f]] = alignment
  return after([(a * there) / here, (b * there) / here, c * there, (d * there) / here, (e * there) / here, f * there], matrix)
}

// At 1:1 pixels of the film lie on pixels of the screen, so that nothing is blurred.
function snapped(matrix) {
  const [a, b, c, d, e, f] = matrix
  return Math.abs(a - 1) < 1e-6 ? [1, b, Math.round(c), d, 1, Math.round(f)] : matrix
}

function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high)
}

// Enlarges about a point of the pane, which stays where it is.
function zoomed(films, view, factor, [x, y], width, height) {
  const zoom = clamp(view.zoom * factor, FARTHEST, CLOSEST)
  const before = 1 / scaleOf(films, view, width, height)
  const now = 1 / scaleOf(films, { ...view, zoom }, width, height)
  return moved({ ...view, zoom }, (x - width / 2) * (before - now), (y - height / 2) * (before - now))
}

function moved(view, x, y) {
  return { ...view, x: clamp(view.x + x, -FARTHEST_OFF, FARTHEST_OFF), y: clamp(view.y + y, -FARTHEST_OFF, FARTHEST_OFF) }
}

function atFull(films, view, width, height) {
  const pixels = { ...view, pixels: true, zoom: 1 }
  return { ...pixels, zoom: Math.max(...films.map(longer)) / fitting(films, pixels, width, height) }
}

// What a film's grey values show black and white: a window of its own, moved and stretched by hand.
function windowOf(film, { preset, level, width }) {
  const [low, high] = film.windows[preset] ?? film.window
  const span = high - low
  const middle = (low + high) / 2 + (level / 100) * span
  const half = (span / 2) * 2 ** (width / 100)
  return [middle - half, middle + half]
}
