// Thumbnails of all films at their places on the chart's time axis. Arrow keys step; Shift with a click or with arrow
// keys marks a second film, and both are compared.

const MARGIN_LEFT = 66 // as the chart has it
const MARGIN_RIGHT = 10
const NARROWEST = 44
const WIDEST = 64
const GAP = 4
const FOLLOW_MS = 250
const strips = new WeakMap()

function timeOf(at) {
  return typeof at === "string" ? Date.parse(`${at}Z`) : at
}

function chartOf(state) {
  return document.querySelector(`.st-key-${state.data.chart} .js-plotly-plot`)
}

// What the chart's axis covers; without a chart what the films cover.
function rangeOf(state) {
  const axes = Object.entries(chartOf(state)?._fullLayout ?? {}).filter(([name, axis]) => /^xaxis\d*$/.test(name) && axis.visible)
  const range = axes.at(-1)?.[1].range
  if (range) return range.map((end) => (typeof end === "string" ? Date.parse(`${end.replace(" ", "T")}Z`) : end))
  const times = state.films.map((film) => timeOf(film.at)).filter((at) => at !== null)
  return [Math.min(...times), Math.max(...times)]
}

// Groups what would stand closer than a finger is wide: neighbours in time, the chosen one in front.
function groupsOf(state, width) {
  const [from, to] = rangeOf(state)
  const inner = width - MARGIN_LEFT - MARGIN_RIGHT
  const place = (film) => MARGIN_LEFT + (inner * (timeOf(film.at) - from)) / Math.max(to - from, 1e-9)
  const dated = state.films.filter((film) => film.at !== null && place(film) >= MARGIN_LEFT - 1 && place(film) <= width - MARGIN_RIGHT + 1)
  let groups = dated.map((film) => ({ films: [film], x: place(film) })).sort((one, two) => one.x - two.x)
  const most = Math.max(1, Math.floor((width - MARGIN_RIGHT) / (NARROWEST + GAP)))
  while (groups.length > most) {
    const gaps = groups.slice(1).map((group, i) => group.x - groups[i].x)
    const nearest = gaps.indexOf(Math.min(...gaps))
    const films = [...groups[nearest].films, ...groups[nearest + 1].films]
    groups.splice(nearest, 2, { films, x: films.reduce((sum, film) => sum + place(film), 0) / films.length })
  }
  const size = Math.min(WIDEST, Math.max(NARROWEST, Math.floor((width - MARGIN_RIGHT) / Math.max(groups.length, 1)) - GAP))
  // Pushed apart to the right, then back into the frame.
  let free = 0
  for (const group of groups) free = (group.left = Math.max(group.x - size / 2, free)) + size + GAP
  let end = width
  for (const group of groups.toReversed()) end = (group.left = Math.min(group.left, end - size)) - GAP
  return { groups, size }
}

function drawGroup(strip, { films, left, x }, size) {
  const state = strips.get(strip)
  const shown = films.find((film) => film.id === choosing.film) ?? films.at(-1)
  const button = element("button", ["film", shown.dimmed && "dimmed", shown.id === choosing.film && "chosen", shown.id === state.other && "other"].filter(Boolean).join(" "))
  button.type = "button"
  button.dataset.film = shown.id
  button.setAttribute("role", "option")
  button.setAttribute("aria-selected", String(shown.id === choosing.film))
  button.tabIndex = shown.id === choosing.film ? 0 : -1
  const many = films.length > 1 ? `; one of ${films.length} films close in time, press again for the others` : ""
  button.setAttribute("aria-label", `${shown.alternative}${many}`)
  button.title = `${shown.alternative}${many}`
  Object.assign(button.style, { left: `${left}px`, width: `${size}px` })
  button.style.setProperty("--true-x", `${x - left}px`)
  const picture = element("img")
  Object.assign(picture, { src: shown.url, alt: "", loading: "lazy", decoding: "async", draggable: false })
  picture.style.height = `${size}px`
  const words = element("span", "score", shown.score)
  const marks = element("span", "view", shown.view === "unknown" ? "" : shown.view)
  button.append(picture, words, marks)
  if (shown.flag) button.append(element("span", `flag ${shown.tone}`, shown.flag))
  if (films.length > 1) button.append(element("span", "many", String(films.length)))
  // A finger has no arrow keys: pressed again, the picture goes on to the film before in its group, and round.
  const next = shown.id === choosing.film ? films.at(films.indexOf(shown) - 1) : shown
  button.addEventListener("click", (event) => (event.shiftKey ? compare(strip, shown.id) : choose(strip, next.id)))
  return button
}

function drawStrip(strip) {
  const state = strips.get(strip)
  const width = strip.clientWidth
  if (!width) return
  const focused = strip.getRootNode().activeElement?.dataset?.film
  const { groups, size } = groupsOf(state, width)
  const list = element("div", "strip-films")
  list.setAttribute("role", "listbox")
  list.setAttribute("aria-label", "Films of this patient by time. Arrow keys step, Shift and an arrow key marks a second film, Shift and Enter compares both.")
  list.style.height = `${size + 40}px`
  list.append(...groups.map((group) => drawGroup(strip, group, size)))
  const undated = state.films.filter((film) => film.at === null)
  const said = element("p", "said", saidOf(state, undated))
  said.setAttribute("role", "status")
  strip.replaceChildren(list, said)
  if (focused) strip.querySelector(".chosen")?.focus({ preventScroll: true })
}

function saidOf(state, undated) {
  const chosen = state.films.find((film) => film.id === choosing.film)
  const other = state.films.find((film) => film.id === state.other)
  if (other) return `Second film: ${other.alternative}. Shift and Enter compares both.`
  const why = chosen?.dimmed ? `Dimmed: ${chosen.dimmed}. ` : ""
  const without = undated.length ? ` Without a time, not shown here: ${undated.length}.` : ""
  return `${why}← → another film; Shift-click a second one to compare.${without}`
}

function choose(strip, id) {
  const state = strips.get(strip)
  state.other = null
  chooseFilm(id, (told) => state.tell("film", told))
  strip.querySelector(".chosen")?.focus({ preventScroll: true })
}

// By a link, told again while the browser stays: what the server hears while it draws may get lost.
function compare(strip, other) {
  if (other === null || other === choosing.film) return
  const state = strips.get(strip)
  const pair = { film: choosing.film, other }
  const link = element("a")
  link.href = `${state.data.compare}&film=${pair.film}&with=${pair.other}`
  link.hidden = true
  strip.append(link)
  follow(link, () => state.tell("pair", pair))
}

function beside(state, id, step) {
  const dated = state.films.filter((film) => film.at !== null).sort((one, two) => timeOf(one.at) - timeOf(two.at))
  const place = dated.findIndex((film) => film.id === id)
  return dated[Math.min(Math.max(place + step, 0), dated.length - 1)]?.id ?? id
}

const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -1e6, End: 1e6 }

function hearKey(strip, event) {
  const state = strips.get(strip)
  if (event.key === "Enter" && event.shiftKey) compare(strip, state.other)
  else if (event.key === "Escape" && state.other) state.other = null
  else if (event.key in STEPS && event.shiftKey) state.other = beside(state, state.other ?? choosing.film, STEPS[event.key])
  else if (event.key in STEPS) return event.preventDefault(), choose(strip, beside(state, choosing.film, STEPS[event.key]))
  else return
  event.preventDefault()
  drawStrip(strip)
}

// The chart comes after the strip, and again with every drawing of the page: it is looked for until it is there.
function followChart(strip) {
  if (!strip.isConnected) return
  const state = strips.get(strip)
  const chart = chartOf(state)
  if (chart?.on && state.followed !== chart) {
    state.followed = chart
    chart.on("plotly_relayout", () => drawStrip(strip))
    chart.on("plotly_afterplot", () => drawStrip(strip))
  }
  const range = String(rangeOf(state))
  if (range !== state.range) (state.range = range), drawStrip(strip)
  setTimeout(() => followChart(strip), FOLLOW_MS)
}

export default function (component) {
  const { parentElement, data, setTriggerValue } = component
  const strip = parentElement.querySelector(".strip")
  const before = strips.get(strip)
  const state = before ?? { other: null }
  Object.assign(state, { data, films: data.films, tell: setTriggerValue })
  strips.set(strip, state)
  strip.dataset.dark = String(data.dark)
  adoptFilm(data, data.films.map((film) => film.id))
  drawStrip(strip)
  if (before) return
  onChosen(strip, () => drawStrip(strip))
  strip.addEventListener("keydown", (event) => hearKey(strip, event))
  new ResizeObserver(() => drawStrip(strip)).observe(strip)
  followChart(strip)
}
