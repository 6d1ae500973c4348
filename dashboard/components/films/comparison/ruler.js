// A line of known length on a film. Its ends are pixels of the film's grey values, so that no zoom, move or alignment
// changes what it measures.

const NO_SPACING = "No ruler on this film: its file does not say how far apart its pixels are."
const NO_RULER = "No ruler: the files do not say how far apart the pixels of these films are."
const BASES = {
  calibrated: "corrected for magnification",
  detector: "at the detector: the same length in the body is somewhat smaller",
  unstated: "the file does not say whether it is corrected for magnification",
}
const CLICK = 4 // device pixels: a shorter line is a click, and the next click ends it

function inverse([a, b, c, d, e, f]) {
  const area = a * e - b * d
  return [e / area, -b / area, (b * f - c * e) / area, -d / area, a / area, (c * d - a * f) / area]
}

function placed([a, b, c, d, e, f], [x, y]) {
  return [a * x + b * y + c, d * x + e * y + f]
}

// The grey values may be fewer than the film's pixels, which the spacing is of.
function lengthMm({ columns, rows, film_columns, film_rows, spacing }, [[x, y], [right, down]]) {
  return Math.hypot(((right - x) * film_columns * spacing.column_mm) / columns, ((down - y) * film_rows * spacing.row_mm) / rows)
}

function lengthText(mm) {
  return `${mm < 10 ? mm.toFixed(1) : Math.round(mm)} mm`
}

function rulerText(film, ends) {
  if (!film) return ""
  if (!film.spacing) return NO_SPACING
  return ends ? `the line is ${lengthText(lengthMm(film, ends))} long, ${BASES[film.spacing.basis]}.` : ""
}

// A line across the middle, for hands on a keyboard.
function middleLine({ columns, rows }) {
  return [[columns * 0.35, rows * 0.5], [columns * 0.65, rows * 0.5]]
}

function within({ columns, rows }, [x, y]) {
  return [clamp(x, 0, columns), clamp(y, 0, rows)]
}

function drawRuler(svg, film, ends, matrix, chosenEnd) {
  svg.replaceChildren()
  if (!film?.spacing || !ends) return
  const back = inverse(matrix)
  const [[x1, y1], [x2, y2]] = ends.map((end) => placed(back, end).map((one) => one / sharpness()))
  for (const kind of ["halo", "line"]) svg.append(drawn("line", { class: kind, x1, y1, x2, y2 }))
  ends.forEach((_end, which) => {
    const [cx, cy] = [[x1, y1], [x2, y2]][which]
    svg.append(drawn("circle", { class: which === chosenEnd ? "end chosen" : "end", cx, cy, r: which === chosenEnd ? 7 : 4 }))
  })
  const label = drawn("text", { x: (x1 + x2) / 2 + 8, y: (y1 + y2) / 2 - 8 })
  label.textContent = lengthText(lengthMm(film, ends))
  svg.append(label)
}

function drawn(name, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name)
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
  return node
}

// Lines of a comparison, by the film they lie on, as hands and keys draw them.
class Rulers {
  constructor(on) {
    this.on = on
    this.end = null // [which film, which end] that the arrow keys move
    this.open = null // the film whose line waits for its second click
    this.before = null // what a finger changed that may turn out to be one of two
  }

  get active() {
    return this.on.chosen.drag === "ruler"
  }

  // On, where any film can be measured; what cannot be is said.
  toggle() {
    this.end = this.open = null
    this.refused = !this.active && !this.on.films.some((film) => film?.spacing)
    this.on.choose({ drag: this.active || this.refused ? "window" : "ruler" })
  }

  of(which) {
    return this.on.chosen.rulers[this.on.data.films[which]?.film_id]
  }

  set(which, ends) {
    const rulers = { ...this.on.chosen.rulers }
    const { film_id } = this.on.data.films[which]
    if (ends) rulers[film_id] = ends
    else delete rulers[film_id]
    this.on.see({ rulers })
  }

  // A press at a point of a pane.
  begin(number, at) {
    const which = shownIn(this.on, number)
    const film = this.on.films[which]
    if (!film?.spacing) return
    const point = within(film, placed(matrixOf(this.on, number, which), at))
    this.before = { which, ends: this.of(which), open: this.open }
    const first = this.open === which ? this.of(which)[0] : point
    this.open = null
    this.held = { which, number, from: at, closes: first !== point }
    this.end = [which, 1]
    this.set(which, [first, point])
  }

  drag(at) {
    const { which, number } = this.held ?? {}
    if (which === undefined) return
    this.set(which, [this.of(which)[0], within(this.on.films[which], placed(matrixOf(this.on, number, which), at))])
  }

  release(at) {
    if (!this.held) return
    const { which, from, closes } = this.held
    const clicked = Math.hypot(at[0] - from[0], at[1] - from[1]) < CLICK * sharpness()
    this.open = clicked && !closes ? which : null
    this.held = null
    this.on.say()
  }

  // Two fingers move the film: the first of them drew nothing.
  cancel() {
    if (!this.held) return
    const { which, ends, open } = this.before
    this.held = null
    this.open = open
    this.set(which, ends)
  }

  // The next end for the arrow keys; a film without a line gets one.
  next() {
    const [which, end] = this.end ?? [-1, 1]
    const places = this.on.films.map((film, place) => (film?.spacing ? place : -1)).filter((place) => place >= 0)
    const here = end === 0 ? which : places[(places.indexOf(which) + 1) % places.length]
    this.end = [here, end === 0 ? 1 : 0]
    if (!this.of(here)) this.set(here, middleLine(this.on.films[here]))
    this.on.choose(this.on.chosen.mode === "flicker" ? { shown: here } : {})
  }

  move(x, y) {
    if (!this.end || !this.of(this.end[0])) return this.next()
    const [which, end] = this.end
    const scale = Math.hypot(...[0, 3].map((place) => matrixOf(this.on, 0, which)[place]))
    const ends = this.of(which).map(([u, v], place) => (place === end ? within(this.on.films[which], [u + x * scale, v + y * scale]) : [u, v]))
    this.set(which, ends)
    this.on.say()
  }

  clear() {
    this.end = this.open = this.held = null
    this.on.choose({ rulers: {} })
  }
}
