// Draws the ward's rows. Every text is set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg"
const WIDTH = 150
const HEIGHT = 36

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

function cell(className, ...nodes) {
  const td = element("td", className)
  td.append(...nodes.filter(Boolean))
  return td
}

function small(text, className) {
  return text ? element("span", className ? `small ${className}` : "small", text) : null
}

function drawRow(row, page, choose) {
  const tr = element("tr", row.tone ? `flagged ${row.tone}` : "")
  tr.dataset.stay = row.stay_id
  const link = element("a", "", row.name)
  link.dir = "auto"
  link.href = `${page}${page.endsWith("?") ? "" : "&"}id=${row.patient_id}`
  link.dataset.patient = row.patient_id
  const open = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    event.stopPropagation()
    choose(row.patient_id, link)
  }
  link.addEventListener("click", open)
  tr.addEventListener("click", open)
  const level = element("span", "level")
  if (row.level) {
    level.append(element("b", "", row.level))
    level.append(element("span", "", ` ${row.of}`))
  } else level.append(element("span", "small", "no level"))
  const flags = row.flags.flatMap((flag) => [element("span", `flag ${flag.tone}`, flag.text), small(flag.note)])
  tr.append(
    cell("bed", element("span", "", row.bed), small(row.unit)),
    cell("who", link, small(row.identifier), small(row.unseen, "unseen"), ...row.marks.map((m) => small(m, "warning"))),
    cell("course", row.course.at.length ? sparkline(row.course) : element("span", "small", row.course.text)),
    cell("level-cell", level, small(row.interval), small(row.lungs), small(row.share), small(row.saturation)),
    cell("change", element("span", `verdict ${row.verdict.tone}`, row.verdict.text), small(row.change)),
    cell("ventilation", element("span", "", row.ventilation.text), small(row.ventilation.note)),
    cell("flags", ...flags),
    cell("last", element("span", row.stale ? "warning" : "", row.last_film), ...row.remarks.map((r) => small(r))),
  )
  return tr
}

const said = new WeakMap()
const drawnAs = new WeakMap()

function saidBy(row) {
  if (!said.has(row)) said.set(row, JSON.stringify(row))
  return said.get(row)
}

// Puts the first rows into the table, or all; one that says what it said before keeps its place, and with it focus and
// scroll. Until all are asked for, the others stay as they stood.
function placeRows(body, rows, most, page, choose) {
  const focused = body.getRootNode().activeElement
  const from = [...body.children].findIndex((tr) => tr.contains(focused))
  const known = new Map([...body.children].map((tr) => [drawnAs.get(tr), tr]))
  const first = rows.slice(0, most)
  const shown = first.map((row) => {
    const says = page + saidBy(row)
    const tr = known.get(says) ?? drawRow(row, page, choose)
    drawnAs.set(tr, says)
    return tr
  })
  const kept = new Set(shown)
  const redrawn = new Set(first.map((row) => String(row.stay_id)))
  const whole = rows.length <= most
  for (const tr of [...body.children]) if (!kept.has(tr) && (whole || redrawn.has(tr.dataset.stay))) tr.remove()
  shown.forEach((tr, place) => {
    if (body.children[place] !== tr) body.insertBefore(tr, body.children[place] ?? null)
  })
  if (from < 0 || body.contains(body.getRootNode().activeElement)) return
  // The row that had the focus was drawn anew, or is gone: then its neighbour has it, so that nobody starts at the top.
  const patient = focused.dataset.patient
  const again = body.querySelector(`a[data-patient="${CSS.escape(patient)}"]`)
  const next = again ?? body.children[Math.min(from, body.children.length - 1)]?.querySelector("a")
  next?.focus({ preventScroll: Boolean(again) })
}
