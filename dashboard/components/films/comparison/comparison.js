// Two films in one view, or one alone: what is chosen, what is on screen, and the keys to both.

const FLICKER_MS = 700 // each film; well below two changes a second
// A machine that took this long for some frames draws coarsely while a hand moves, and sharply once it rests.
const SLOW_MS = 40
const SLOW_FRAMES = 3
const REST_MS = 200
const AS_SENT = { preset: "own", level: 0, width: 0 }
const FIT = { zoom: 1, x: 0, y: 0, pixels: false }
const NO_WEBGL = "This browser draws no WebGL 2 graphics, which films need here. Turn on its hardware acceleration."
const INSTEAD = " Or look at the films on the patient's page."
const ONE_FILM = "The film. Keys move and window it; a question mark lists the keys."
const LOST = "The browser stopped the graphics. Reload the page to see the films again."

const NO_FULL_SCREEN = "This browser does not show the films on the full screen."

const pairOf = (component) => component.data.films.map((film) => film.film_id).join("-")

class Comparison {
  constructor(root, component) {
    this.root = root
    this.component = component
    this.pairs = pairOf(component)
    this.alone = component.data.films.length === 1
    root.classList.toggle("alone", this.alone)
    this.stage = root.querySelector(".stage")
    if (this.alone) this.stage.setAttribute("aria-label", ONE_FILM)
    this.panes = [...root.querySelectorAll(".film")]
    this.heads = [...root.querySelectorAll(".head")]
    this.status = root.querySelector("[role=status]")
    this.films = [null, null]
    this.errors = ["", ""]
    this.maps = new Map()
    this.asked = ""
    this.slowFrames = 0
    this.chosen = {
      mode: "side", shown: 1, drag: "window", view: FIT, inverted: false, windowed: "both", windows: [AS_SENT, AS_SENT],
      over: "", aligned: false, rulers: {}, ...this.remembered(),
    }
    this.rulers = new Rulers(this)
    this.stepping = new Stepping(this)
    this.playing = this.chosen.mode === "flicker" && !this.still
    try {
      this.renderer = new Renderer(root.querySelector("canvas"), component.data.colours, () => this.fail(LOST))
    } catch {
      this.fail(NO_WEBGL + (this.alone ? "" : INSTEAD))
      return
    }
    this.attach()
    this.loadAll()
    this.timer = setInterval(() => this.playing && this.do("other"), FLICKER_MS)
  }

  get data() {
    return this.component.data
  }

  get still() {
    return matchMedia("(prefers-reduced-motion: reduce)").matches
  }

  end() {
    clearInterval(this.timer)
    this.stepping?.end()
    document.removeEventListener("fullscreenchange", this.screenChanged)
    this.resized?.disconnect()
    this.renderer?.end()
    this.ended = true
    if (document.body.dataset.filmsShown === this.pairs) delete document.body.dataset.filmsShown
  }

  fail(text) {
    this.root.classList.add("failed")
    this.status.textContent = text
  }

  // What a person chose for these films outlasts a reload, in this tab.
  remembered() {
    try {
      return JSON.parse(sessionStorage.getItem(`lungline-films-${this.pairs}`)) ?? {}
    } catch {
      return {}
    }
  }

  attach() {
    const { root } = this
    this.resized = new ResizeObserver(() => this.redraw())
    this.resized.observe(this.stage)
    this.panes.forEach((pane, number) => {
      this.resized.observe(pane)
      listen(pane, {
        touched: (at, plainly) => {
          this.stage.focus({ preventScroll: true })
          if (this.rulers.active && plainly) this.rulers.begin(number, at)
        },
        dragged: (x, y, other, at) => this.dragged(x, y, other, at),
        pinched: (factor, middle, x, y) => (this.rulers.cancel(), this.move(x, y), this.zoom(factor, middle)),
        wheeled: (factor, at) => this.zoom(factor, at),
        released: (at) => this.rulers.release(at),
      })
    })
    this.screenChanged = () => (root.classList.toggle("whole", this.isWhole), this.choose({}))
    document.addEventListener("fullscreenchange", this.screenChanged)
    root.addEventListener("click", (event) => this.do(event.target.closest("[data-do]")?.dataset.do))
    root.addEventListener("keydown", (event) => pressed(this, event))
    for (const slider of root.querySelectorAll("[data-slide]")) {
      slider.addEventListener("input", () => this.setWindow({ [slider.dataset.slide]: Number(slider.value) }))
    }
    for (const select of root.querySelectorAll("[data-choose]")) {
      select.addEventListener("change", () => this.choose({ [select.dataset.choose]: select.value }))
    }
  }

  dragged(x, y, other, at) {
    if (this.rulers.active && !other) this.rulers.drag(at)
    else if ((this.chosen.drag === "move") !== other) this.move(x, y)
    else this.window(y / 6, x / 2)
  }

  get isWhole() {
    return document.fullscreenElement !== null && document.fullscreenElement === this.root.getRootNode().host
  }

  async wholeScreen() {
    try {
      await (document.fullscreenElement ? document.exitFullscreen() : this.root.requestFullscreen())
      this.stage.focus({ preventScroll: true })
    } catch {
      this.status.textContent = NO_FULL_SCREEN
    }
  }

  loadAll() {
    this.data.films.forEach((_film, which) => this.films[which] || this.load(which))
    this.tellShown()
  }

  // Another pair in the same place: what is shown of the film that stays does not change.
  turnTo(component) {
    const before = new Map(this.data.films.map((film, which) => [film.film_id, this.films[which]]))
    this.component = component
    this.pairs = pairOf(component)
    this.films = this.data.films.map((film) => before.get(film.film_id) ?? null)
    for (const film of before.values()) if (film && !this.films.includes(film)) this.renderer.forget(film.texture)
    this.errors = ["", ""]
    Object.assign(this.chosen, { over: "", aligned: false })
    this.rulers.end = this.rulers.open = this.rulers.held = this.rulers.refused = null
    this.stepping.arrived()
    this.loadAll()
  }

  async load(which) {
    const { pairs } = this
    const left = () => this.ended || this.pairs !== pairs
    try {
      const film = await loadFilm(this.data.films[which].url)
      if (left()) return
      this.films[which] = { ...film, ...this.renderer.filmTexture(film), values: null }
      this.stage.style.setProperty("--aspect", Math.min(...this.films.filter(Boolean).map((one) => one.columns / one.rows)))
    } catch (error) {
      if (left()) return
      this.errors[which] = error.message
    }
    this.choose({})
    this.tellShown()
  }

  tellShown() {
    // Tells others on the page which films are in sight, or why they are not.
    if (this.data.films.every((_film, one) => this.films[one] || this.errors[one])) document.body.dataset.filmsShown = this.pairs
  }

  // Takes what the server says now: what lies over the films, how they are aligned.
  update(component) {
    if (pairOf(component) !== this.pairs) this.turnTo(component)
    this.component = component
    const { offered, mappable } = this.data
    if (!offered.some((one) => one.value === this.chosen.over)) this.chosen.over = ""
    if (!mappable) this.chosen.aligned = false
    for (const one of this.data.maps.flat()) if (one.map_id) this.follow(one)
    this.choose({})
  }

  async follow({ map_id }) {
    if (this.maps.has(map_id)) return
    const map = { said: "", waits: false }
    this.maps.set(map_id, map)
    const newest = () => this.data.maps.flat().find((one) => one.map_id === map_id)
    try {
      const found = await loadMap(() => newest().url, {
        waiting: (text) => (Object.assign(map, { said: text, waits: true }), this.say()),
        wanted: () => !this.ended && Boolean(newest()),
      })
      if (!found) this.maps.delete(map_id)
      else if (!this.ended) Object.assign(map, { texture: this.renderer.planesTexture(found.picture), said: found.summary })
    } catch (error) {
      map.said = error.message
    }
    map.waits = false
    if (!this.ended) this.choose({})
  }

  choose(change) {
    if (change.over === "difference") change.aligned = true
    if (change.aligned === false && this.chosen.over === "difference") change.over = ""
    Object.assign(this.chosen, change)
    this.remember()
    this.ask()
    drawControls(this)
    this.say()
    this.redraw()
  }

  // As `choose`, for what changes with every move of a hand.
  see(change) {
    Object.assign(this.chosen, change)
    this.remember()
    this.coarse = this.slowFrames > SLOW_FRAMES
    clearTimeout(this.resting)
    if (this.coarse) this.resting = setTimeout(() => ((this.coarse = false), this.redraw()), REST_MS)
    drawSliders(this)
    this.redraw()
  }

  remember() {
    clearTimeout(this.remembering)
    this.remembering = setTimeout(() => {
      try {
        sessionStorage.setItem(`lungline-films-${this.pairs}`, JSON.stringify(this.chosen))
      } catch {
        // Without a store it is forgotten with the page.
      }
    }, 200)
  }

  // Asks the server for the maps that what is chosen needs, and, once all masks are there, for the alignment.
  ask() {
    const { over, aligned } = this.chosen
    const masks = this.data.maps[1]
    const made = aligned && !this.data.alignment && masks.length === 2 && masks.every((one) => this.maps.get(one.map_id)?.texture)
    const wish = { pair: this.pairs, over, aligned, made: made ? masks.map((one) => one.map_id).join("-") : "" }
    const text = JSON.stringify(wish)
    const known = over === this.data.wish.over && aligned === this.data.wish.aligned && !made
    if (!known && text !== this.asked) {
      this.asked = text
      this.component.setStateValue("wish", wish)
    } else if (known) this.asked = ""
  }

  do(name) {
    ACTIONS[name]?.(this)
  }

  preset(name) {
    this.setWindow({ ...AS_SENT, preset: name })
    this.say()
  }

  // Width and height of a pane, device pixels; null before a film is there.
  sized() {
    const { width, height } = paneOf(this, this.panes[0])
    return this.films.some(Boolean) ? [width, height] : null
  }

  zoom(factor, at) {
    const size = this.sized()
    if (size) this.see({ view: zoomed(known(this), this.chosen.view, factor, at ?? size.map((side) => side / 2), ...size) })
  }

  // Moves the films by so many device pixels.
  move(x, y) {
    const size = this.sized()
    if (!size) return
    const scale = scaleOf(known(this), this.chosen.view, ...size)
    this.see({ view: moved(this.chosen.view, -x / scale, -y / scale) })
  }

  window(level, width) {
    const now = this.chosen.windows[this.chosen.windowed === "1" ? 1 : 0]
    this.setWindow({ level: clamp(now.level + level, -100, 100), width: clamp(now.width + width, -300, 200) })
  }

  setWindow(change) {
    const { windowed, windows } = this.chosen
    this.see({ windows: windows.map((one, which) => (["both", String(which)].includes(windowed) ? { ...one, ...change } : one)) })
  }

  say() {
    const text = statusOf(this)
    if (this.status.textContent !== text) this.status.textContent = text
  }

  redraw() {
    if (this.frame || this.ended) return
    this.frame = requestAnimationFrame((start) => {
      this.frame = 0
      measureAbove(this)
      drawFilms(this)
      requestAnimationFrame((end) => (this.slowFrames += end - start > SLOW_MS ? 1 : 0))
    })
  }
}

const comparisons = new WeakMap()

// The films of one patient have one element, whichever two are compared.
export default function (component) {
  const root = component.parentElement.querySelector(".comparison")
  if (!comparisons.has(root)) comparisons.set(root, new Comparison(root, component))
  const comparison = comparisons.get(root)
  if (comparison.renderer) comparison.update(component)
  return () => comparison.end()
}
