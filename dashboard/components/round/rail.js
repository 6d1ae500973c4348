// Draws the patients of the round as links. A link's address says whose it is, so that no press can mean another one.

const NOTE = '.st-key-round-mark [data-testid="stTextInput"] input'
const DECISIONS = ".st-key-round-decision [role=radio]"

function goToNote(event) {
  // By its place on the keyboard: on a Mac, Alt turns the letter into another.
  if (event.code !== "KeyN" || !event.altKey || event.ctrlKey || event.metaKey) return
  const note = document.querySelector(NOTE)
  if (!note) return
  event.preventDefault()
  note.focus()
}

function chooseDecision(event) {
  const digit = /^Digit([1-5])$/.exec(event.code)
  if (!digit || !event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey) return
  const button = document.querySelectorAll(DECISIONS)[Number(digit[1]) - 1]
  if (!button) return
  event.preventDefault()
  // A second press of the same key, or one that is held, does not take the choice away.
  if (!event.repeat && button.getAttribute("aria-checked") !== "true") button.click()
}

function hearKeys(event) {
  goToNote(event)
  chooseDecision(event)
}

function drawStop(stop, choose) {
  const link = element("a", stop.reviewed ? "reviewed" : "", "")
  link.href = stop.href
  link.dataset.stay = stop.stay_id
  const place = element("bdi", "", stop.place)
  const standing = [stop.name, stop.reviewed ? "reviewed" : "not reviewed", stop.unstored].filter(Boolean)
  const pencil = element("span", "", stop.unstored ? " ✎" : "")
  pencil.setAttribute("aria-hidden", "true")
  link.append(`${stop.reviewed ? "✓" : "○"} `, place, element("span", "hidden", `, ${standing.join(", ")}`), pencil)
  link.title = stop.unstored ? `${stop.name}: ${stop.unstored}` : stop.name
  if (stop.current) link.setAttribute("aria-current", "step")
  link.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    follow(link, () => choose(stop.stay_id))
  })
  const item = element("li")
  item.append(link)
  return item
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const rail = parentElement.querySelector(".rail")
  const shown = JSON.stringify(data.stops)
  document.addEventListener("keydown", hearKeys)
  const leave = () => document.removeEventListener("keydown", hearKeys)
  // The same again: focus and scroll stay where they are.
  if (rail.dataset.shown === shown) return leave
  const focused = rail.getRootNode().activeElement?.dataset?.stay
  rail.dataset.shown = shown
  rail.querySelector("ol").replaceChildren(...data.stops.map((stop) => drawStop(stop, (id) => setTriggerValue("stay", id))))
  if (focused) rail.querySelector(`a[data-stay="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true })
  const current = rail.querySelector("a[aria-current]")
  const list = rail.querySelector("ol")
  if (current) list.scrollLeft = current.offsetLeft - list.clientWidth / 2
  return leave
}
