// What the board shows and in which order. The orders and the facts to filter by come from the server.

const EVERYTHING = { unit: "", verdict: "", unseen: false }
const NAMED = 5
const NARROW = matchMedia("(max-width: 640px)") // as in board.css

function fits(row, choice, reviewer) {
  if (choice.unit && row.unit !== choice.unit) return false
  if (choice.verdict && row.kind !== choice.verdict) return false
  return !(choice.unseen && reviewer && !row.unseen)
}

function chosenRows(data, choice) {
  const byStay = new Map(data.rows.map((row) => [row.stay_id, row]))
  const inOrder = data.orders[choice.sort].map((id) => byStay.get(id))
  // Who has seen what is known for the name the server was told.
  const reviewer = choice.reviewer === data.choice.reviewer ? choice.reviewer : ""
  return { shown: inOrder.filter((row) => fits(row, choice, reviewer)), hidden: inOrder.filter((row) => !fits(row, choice, reviewer)) }
}

function people(count) {
  return count === 1 ? "1 patient" : `${count} patients`
}

function isFlagged(row) {
  return row.flags.some((flag) => flag.open)
}

function countText(shown, hidden) {
  if (!hidden.length) return ""
  const flagged = hidden.filter(isFlagged)
  const beds = flagged.slice(0, NAMED).map((row) => `${row.unit} ${row.bed}`).join(", ")
  const more = flagged.length > NAMED ? ` and ${flagged.length - NAMED} more` : ""
  const flags = flagged.length ? `▲ Hidden with an open flag: ${beds}${more}.` : "None of the hidden has an open flag."
  const none = shown.length ? "" : "No patient fits this choice. Show all, or change the choice. "
  return `${none}${people(shown.length)} shown, ${hidden.length} hidden by your choice. ${flags}`
}

function setText(node, text) {
  // Said again only if it says something else.
  if (node.textContent !== text) node.textContent = text
}

function drawOptions(select, options, value) {
  const said = JSON.stringify(options)
  if (select.dataset.said !== said) {
    select.replaceChildren(
      ...options.map(([word, text]) => {
        const option = document.createElement("option")
        option.value = word
        option.textContent = text
        return option
      }),
    )
    select.dataset.said = said
  }
  select.value = value
}

// On a telephone the choices would take the whole first screen: there they wait behind a line that says them.
function foldOnTelephones(board) {
  const fold = () => {
    if (board.isConnected) board.querySelector(".choose").open = !NARROW.matches
    else NARROW.removeEventListener("change", fold)
  }
  NARROW.addEventListener("change", fold)
  fold()
}

function chosenText(form) {
  const { unit, verdict, sort, since, unseen } = form.elements
  const [where, what, order, from] = [unit, verdict, sort, since].map((one) => one.selectedOptions[0]?.textContent ?? "")
  return [where, what, ...(unseen.checked ? ["unseen"] : []), `by ${order}`, `since ${from}`].join(", ")
}

function drawChoice(board, data, choice) {
  const form = board.querySelector(".choice")
  for (const [name, options] of Object.entries(data.options)) drawOptions(form.elements[name], options, choice[name])
  form.elements.unseen.checked = choice.unseen
  const name = form.elements.reviewer
  name.closest("label").hidden = !choice.unseen
  if (name !== board.getRootNode().activeElement) name.value = choice.reviewer
  setText(board.querySelector(".choose .small"), chosenText(form))
  for (const th of board.querySelectorAll("th[data-sort]")) {
    if (th.dataset.sort === choice.sort) th.setAttribute("aria-sort", choice.sort === "bed" ? "ascending" : "descending")
    else th.removeAttribute("aria-sort")
  }
}

function drawSaid(board, data, choice, { shown, hidden }) {
  const told = choice.unseen && choice.reviewer === data.choice.reviewer
  setText(board.querySelector(".reviews"), told ? data.reviews : "")
  const count = board.querySelector(".count")
  setText(count, countText(shown, hidden))
  count.classList.toggle("warning", hidden.some(isFlagged))
  board.querySelector(".all").hidden = !hidden.length
  setText(board.querySelector(".off-trend"), data.off_trend[choice.unit] ?? "")
}

function readForm(form) {
  const { unit, verdict, sort, since, unseen, reviewer } = form.elements
  return {
    unit: unit.value,
    verdict: verdict.value,
    sort: sort.value,
    since: since.value,
    unseen: unseen.checked,
    reviewer: reviewer.value.trim(),
  }
}
