// Draws the ward's rows. Every text is set as text, never as markup.

function cell(className, ...nodes) {
  const td = element("td", className)
  td.append(...nodes.filter(Boolean))
  return td
}

function small(text, className) {
  return text ? element("span", className ? `small ${className}` : "small", text) : null
}

function thumbnail(row) {
  if (!row.thumbnail) return null
  const film = element("img", "thumbnail")
  Object.assign(film, { src: row.thumbnail, alt: "", loading: "lazy", decoding: "async", draggable: false })
  // A film that cannot be shown says so on the patient's page.
  film.onerror = () => (film.hidden = true)
  return film
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
  watchGlance(tr, row)
  const level = element("span", "level")
  if (row.level) {
    level.append(element("b", "", row.level))
    level.append(element("span", "", ` ${row.of}`))
  } else level.append(element("span", "small", "no level"))
  const flags = row.flags.flatMap((flag) => [
    element("span", `flag ${flag.tone}${flag.overdue ? " overdue" : ""}`, flag.text),
    small(flag.note, flag.overdue ? "warning" : ""),
  ])
  const verdict = [element("span", `verdict ${row.verdict.tone}`, row.verdict.text)]
  if (row.verdict.beside) verdict.push(document.createTextNode("; "), element("span", "beside", row.verdict.beside))
  tr.append(
    cell("bed", element("span", "", row.bed), small(row.unit)),
    cell("who", link, small(row.identifier), small(row.unseen, "unseen"), ...row.marks.map((m) => small(m, "warning"))),
    cell("film", thumbnail(row)),
    cell("course", ...(row.course.at.length ? [sparkline(row.course), small(row.course.span, "span")] : [small(row.course.text)])),
    cell("level-cell", level, small(row.interval), small(row.detail, "detail"), small(row.saturation, "saturation")),
    cell("change", ...verdict, small(row.change)),
    cell("flags", ...flags),
    cell(row.ventilation.stated ? "ventilation" : "ventilation unstated", element("span", "", row.ventilation.text), small(row.ventilation.note)),
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
