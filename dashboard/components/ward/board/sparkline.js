// Draws the course of a stay: films by time, flags as marks, a tick a day.

const SVG = "http://www.w3.org/2000/svg"
const WIDTH = 124
const HEIGHT = 30
const TICK = 4

function shape(tag, className, attributes) {
  const node = document.createElementNS(SVG, tag)
  if (className) node.setAttribute("class", className)
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
  return node
}

function round(pixels) {
  return Math.round(10 * pixels) / 10
}

function mark(kind, x, y) {
  const corners = {
    rise: `${x - 5},${y + 4} ${x + 5},${y + 4} ${x},${y - 5}`,
    drop: `${x - 5},${y - 4} ${x + 5},${y - 4} ${x},${y + 5}`,
    look: `${x},${y - 5} ${x + 5},${y} ${x},${y + 5} ${x - 5},${y}`,
  }[kind]
  return shape("polygon", `spark-mark ${kind}`, { points: corners })
}

function sparkline(course) {
  const svg = shape("svg", "", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, role: "img" })
  svg.setAttribute("aria-label", course.text)
  for (const y of [1, HEIGHT - 1]) svg.append(shape("line", "spark-frame", { x1: 0, x2: WIDTH, y1: y, y2: y }))
  const days = course.days.map((at) => `M${round(6 + at * (WIDTH - 12))},${HEIGHT - 1}v${-TICK}`)
  if (days.length) svg.append(shape("path", "spark-day", { d: days.join("") }))
  const points = course.at.map((at, place) => ({
    x: round(6 + at * (WIDTH - 12)),
    y: round(HEIGHT - 2 - course.share[place] * (HEIGHT - 4)),
    flag: course.flags[place],
    apart: course.apart.includes(place),
  }))
  // Few shapes for many films: three hundred rows are laid out anew with every choice.
  const line = (apart) => points.slice(1).flatMap((p, i) => (p.apart === apart ? [`M${points[i].x},${points[i].y}L${p.x},${p.y}`] : []))
  const dots = (chosen) => chosen.filter((p) => !p.flag).map((p) => `M${p.x},${p.y}h0`)
  const draw = (className, parts) => parts.length && svg.append(shape("path", className, { d: parts.join("") }))
  draw("spark-line", line(false))
  draw("spark-line spark-apart", line(true))
  draw("spark-dot", dots(points.slice(0, -1)))
  draw("spark-dot spark-last", dots(points.slice(-1)))
  for (const p of points) if (p.flag) svg.append(mark(p.flag, p.x, p.y))
  return svg
}
