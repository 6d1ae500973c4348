// Puts on screen what is chosen: films and controls.

const DRAGS = { window: "Drag to window", move: "Drag to move", ruler: "Drag to measure" }
const WINDOWS = { own: "film's own", lung: "lung", soft: "soft tissue", bone: "bone" }
const PRESETS = { reset: "own", lung: "lung", soft: "soft", bone: "bone" }
const PIXELS = 2 // of a screen's pixels in one of CSS, at most: more cost time and show nothing more

const sharpness = () => Math.min(devicePixelRatio, PIXELS)

// Where a film's element lies on the canvas, device pixels.
function paneOf(comparison, element, ratio = sharpness()) {
  const [box, stage] = [element, comparison.stage].map((one) => one.getBoundingClientRect())
  const place = { left: box.left - stage.left, top: box.top - stage.top, width: box.width, height: box.height }
  return Object.fromEntries(Object.entries(place).map(([name, value]) => [name, Math.round(value * ratio)]))
}

// Films of the pair where both are there; where one is missing the other stands alone.
function known(comparison) {
  const [first, second] = comparison.films
  return [first ?? second, second ?? first]
}

// Tells the style how much of the page stands above the films, wherever it is scrolled to.
function measureAbove({ root, panes, isWhole }) {
  const scrolled = (isWhole ? root : document.querySelector('[data-testid="stMain"]'))?.scrollTop ?? 0
  const above = `${Math.round(panes[0].getBoundingClientRect().top + scrolled)}px`
  if (root.style.getPropertyValue("--above") !== above) root.style.setProperty("--above", above)
}

function drawFilms(comparison) {
  const { panes, films, errors, renderer, stage, rulers } = comparison
  const ratio = sharpness() * (comparison.coarse ? 0.5 : 1)
  renderer.begin(...[stage.clientWidth, stage.clientHeight].map((side) => Math.round(side * ratio)))
  panes.forEach((element, number) => {
    const place = paneOf(comparison, element, ratio)
    if (!place.width) return
    const which = shownIn(comparison, number)
    renderer.pane(place)
    if (films[which]) drawFilm(comparison, place, which, ratio)
    const [svg, missing] = ["svg", ".missing"].map((part) => element.parentElement.querySelector(part))
    const end = rulers.active && rulers.end?.[0] === which ? rulers.end[1] : null
    drawRuler(svg, films[which], rulers.of(which), films[which] && matrixOf(comparison, number, which), end)
    missing.textContent = errors[which]
    element.setAttribute("aria-busy", String(!films[which] && !errors[which]))
  })
}

// Which film a pane shows.
function shownIn({ chosen }, number) {
  return chosen.mode === "flicker" ? chosen.shown : number
}

// From device pixels of a pane to pixels of the film in it.
function matrixOf(comparison, number, which) {
  const { width, height } = paneOf(comparison, comparison.panes[number])
  return toFilm(which, known(comparison), comparison.chosen.view, alignmentOf(comparison), width, height)
}

function alignmentOf({ chosen, data, films }) {
  return chosen.aligned && films.every(Boolean) ? data.alignment?.matrix : null
}

function drawFilm(comparison, { width, height }, which, ratio) {
  const { chosen } = comparison
  const films = known(comparison)
  const alignment = alignmentOf(comparison)
  const to = (place) => toFilm(place, films, chosen.view, alignment, width, height)
  const film = comparison.films[which]
  comparison.renderer.draw({
    film,
    matrix: to(which),
    shown: windowOf(film, chosen.windows[which]),
    inverted: chosen.inverted,
    over: chosen.over,
    planes: planesOf(comparison, which, alignment).map(([texture, place]) => [texture, withinOne(films[place], to(place))]),
    dot: ratio,
  })
}

function withinOne({ columns, rows }, matrix) {
  return after([1 / columns, 0, 0, 0, 1 / rows, 0], matrix)
}

// Returns textures of what lies over a film, each with the film that it belongs to.
function planesOf({ chosen, data, maps }, which, alignment) {
  if (!chosen.over || chosen.over !== data.wish.over) return []
  const all = chosen.over === "difference"
  if (all && !alignment) return []
  const wanted = (all ? [0, 1] : [which]).map((place) => [maps.get(data.maps[all ? 1 : 0][place]?.map_id)?.texture, place])
  return wanted.every(([texture]) => texture) ? wanted : []
}

function drawControls(comparison) {
  const { root, chosen, data, panes, heads } = comparison
  const flicker = chosen.mode === "flicker"
  root.classList.toggle("flickering", flicker)
  const pressed = {
    side: !flicker, flicker, play: comparison.playing, align: chosen.aligned, invert: chosen.inverted, full: chosen.view.pixels,
    ruler: comparison.rulers.active, screen: comparison.isWhole,
  }
  for (const [name, on] of Object.entries(pressed)) button(root, name).setAttribute("aria-pressed", String(on))
  for (const name of ["other", "play"]) button(root, name).hidden = !flicker
  button(root, "screen").hidden = !document.fullscreenEnabled
  button(root, "screen").textContent = comparison.isWhole ? "Leave full screen" : "Full screen"
  button(root, "unmeasure").hidden = !data.films.some((_film, which) => comparison.rulers.of(which))
  const banner = comparison.isWhole ? data.banner : []
  root.querySelector(".who").replaceChildren(...banner.map((line) => element("span", "line", line)))
  button(root, "align").disabled = !data.mappable
  button(root, "drag").textContent = DRAGS[chosen.drag]
  options(root, "windowed", [
    { value: "both", text: "both films" },
    ...data.films.map((film, which) => ({ value: String(which), text: film.title.toLowerCase() })),
  ])
  options(root, "over", data.offered)
  for (const name of ["windowed", "over"]) root.querySelector(`[data-choose=${name}]`).value = chosen[name]
  drawSliders(comparison)
  data.films.forEach((film, which) => {
    const shown = flicker && chosen.shown === which
    const lines = [film.taken, ...film.lines].map((line) => element("span", "line", line))
    const title = element("strong", "title", shown ? `▶ ${film.title}, shown now` : film.title)
    heads[which].querySelector(".words").replaceChildren(title, ...lines)
    heads[which].querySelector(".steps").setAttribute("aria-label", `Step the ${film.title.toLowerCase()} through the stay`)
    heads[which].classList.toggle("shown", shown)
    for (const [name, by] of [["older", -1], ["newer", 1]]) {
      // Not disabled: a button that is loses the focus.
      button(root, name + which).setAttribute("aria-disabled", String(comparison.stepping.further(which, by) === undefined))
    }
    panes[which].setAttribute("aria-label", data.films[flicker ? chosen.shown : which].alternative)
  })
  drawOver(comparison)
}

function button(root, name) {
  return root.querySelector(`[data-do=${name}]`)
}

function options(root, name, wanted) {
  const select = root.querySelector(`[data-choose=${name}]`)
  if (select.options.length === wanted.length && wanted.every(({ text }, place) => select.options[place].text === text)) return
  select.replaceChildren(...wanted.map(({ value, text }) => new Option(text, value)))
}

function drawSliders({ root, chosen }) {
  const { preset, level, width } = chosen.windows[chosen.windowed === "1" ? 1 : 0]
  for (const [name, one] of Object.entries(PRESETS)) button(root, name).setAttribute("aria-pressed", String(one === (preset ?? "own")))
  const said = { level: `${level > 0 ? "+" : ""}${Math.round(level)} %`, width: `${Math.round(100 * 2 ** (width / 100))} %` }
  for (const [name, value] of Object.entries({ level, width })) {
    const slider = root.querySelector(`[data-slide=${name}]`)
    slider.value = value
    slider.setAttribute("aria-valuetext", `${said[name]} of the ${WINDOWS[preset ?? "own"]} window`)
    slider.title = slider.getAttribute("aria-valuetext")
    slider.nextElementSibling.textContent = said[name]
  }
}

function drawOver({ root, chosen, data }) {
  const place = root.querySelector(".over")
  if (place.dataset.over === chosen.over) return
  place.dataset.over = chosen.over
  const over = data.offered.find((one) => one.value === chosen.over)
  place.replaceChildren()
  if (!over.value) return
  place.append(legendOf(over.legend), ...over.lines.map((line) => element("p", "line", line)))
}

function statusOf({ chosen, data, maps, films, rulers, stepping, alone }) {
  const said = data.films.map((film, which) => {
    const map = data.maps[chosen.over === "difference" || !chosen.over ? 1 : 0][which]
    const text = map?.reason || maps.get(map?.map_id)?.said || ""
    return text && (chosen.over || chosen.aligned) ? `${film.title}: ${text}` : ""
  })
  const aligned = chosen.aligned && data.wish.aligned ? data.alignment?.words ?? data.not_aligned : ""
  const difference = chosen.over === "difference" ? data.alignment?.difference ?? "" : ""
  const waits = data.maps.flat().some((one) => maps.get(one.map_id)?.waits)
  const measured = data.films.map((film, which) => {
    const text = rulers.active || rulers.of(which) ? rulerText(films[which], rulers.of(which)) : ""
    return text && !alone ? `${film.title}: ${text}` : text
  })
  return [stepping.said, rulers.refused ? NO_RULER : "", ...measured, ...said, aligned, difference, waits ? data.hindrance : ""].filter(Boolean).join(" ")
}
