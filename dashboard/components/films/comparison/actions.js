// What buttons and keys do; both by the same names.

const KEYS = {
  s: "side", f: "flicker", " ": "other", p: "play", a: "align", o: "next", d: "difference", i: "invert", r: "reset",
  w: "windowed", m: "drag", 0: "fit", 1: "full", "+": "larger", "=": "larger", "-": "smaller", "?": "keys",
  l: "lung", t: "soft", b: "bone", u: "ruler", e: "end", x: "unmeasure", z: "screen", pageup: "older1", pagedown: "newer1",
}
// Of one film alone: the page needs the digits for itself, and there is nothing to lay beside or over it.
const KEYS_ALONE = {
  i: "invert", r: "reset", m: "drag", f: "fit", "+": "larger", "=": "larger", "-": "smaller", "?": "keys",
  l: "lung", t: "soft", u: "ruler", e: "end", x: "unmeasure",
}
const SHIFTED = { older1: "older0", newer1: "newer0" }
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }

const ACTIONS = {
  side: (on) => ((on.playing = false), on.choose({ mode: "side" })),
  flicker: (on) => ((on.playing = !on.still), on.choose({ mode: "flicker" })),
  other: (on) => on.chosen.mode === "flicker" && on.choose({ shown: 1 - on.chosen.shown }),
  play: (on) => on.chosen.mode === "flicker" && ((on.playing = !on.playing), on.choose({})),
  align: (on) => on.data.mappable && on.choose({ aligned: !on.chosen.aligned }),
  difference: (on) => on.data.mappable && on.choose({ over: on.chosen.over === "difference" ? "" : "difference" }),
  next: (on) => {
    const values = on.data.offered.map((one) => one.value)
    on.choose({ over: values[(values.indexOf(on.chosen.over) + 1) % values.length] })
  },
  invert: (on) => on.choose({ inverted: !on.chosen.inverted }),
  reset: (on) => on.preset("own"),
  lung: (on) => on.preset("lung"),
  soft: (on) => on.preset("soft"),
  bone: (on) => on.preset("bone"),
  ruler: (on) => on.rulers.toggle(),
  end: (on) => on.rulers.active && on.rulers.next(),
  unmeasure: (on) => on.rulers.clear(),
  screen: (on) => on.wholeScreen(),
  older0: (on) => on.stepping.step(0, -1),
  newer0: (on) => on.stepping.step(0, 1),
  older1: (on) => on.stepping.step(1, -1),
  newer1: (on) => on.stepping.step(1, 1),
  windowed: (on) => on.choose({ windowed: { both: "0", 0: "1", 1: "both" }[on.chosen.windowed] }),
  drag: (on) => on.choose({ drag: on.chosen.drag === "window" ? "move" : "window" }),
  fit: (on) => on.choose({ view: FIT }),
  full: (on) => on.sized() && on.choose({ view: atFull(known(on), on.chosen.view, ...on.sized()) }),
  larger: (on) => on.zoom(1.25),
  smaller: (on) => on.zoom(0.8),
  keys: (on) => on.root.querySelector(".keys").toggleAttribute("open"),
}

function pressed(on, event) {
  if (event.target.matches("select, input") || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key === " " && event.target.closest("button, summary")) return
  const name = (on.alone ? KEYS_ALONE : KEYS)[event.key.toLowerCase()]
  const arrow = ARROWS[event.key]
  if (!name && !arrow) return
  // The page has keys of its own.
  event.preventDefault()
  event.stopPropagation()
  if (name) on.do((event.shiftKey && SHIFTED[name]) || name)
  else if (on.rulers.active) on.rulers.move(...arrow.map((way) => way * (event.shiftKey ? 1 : 10) * sharpness()))
  else if (event.shiftKey) on.window(arrow[1] * 4, arrow[0] * 10)
  else on.move(...arrow.map((way) => way * 40 * sharpness()))
}
