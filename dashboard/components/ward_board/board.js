// Draws the board, at once after every choice; the server is told, and puts the choice into the address.

const boards = new WeakMap()

function draw(board) {
  const { data, choice, choose } = boards.get(board)
  const found = chosenRows(data, choice)
  drawChoice(board, data, choice)
  drawSaid(board, data, choice, found)
  placeRows(board.querySelector("tbody"), found.shown, choose)
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const board = parentElement.querySelector(".board")
  board.dataset.dark = String(data.dark)
  board.hidden = !data.rows.length
  board.querySelector("caption").textContent = data.caption
  const before = boards.get(board)
  // What the server sends may have been on its way when the last choice was made here.
  const late = before !== undefined && data.serial < before.serial
  const state = {
    data,
    serial: late ? before.serial : data.serial,
    choice: late ? before.choice : data.choice,
    choose: (id) => setTriggerValue("patient", id),
  }
  boards.set(board, state)
  const make = (choice) => {
    state.choice = choice
    state.serial += 1
    draw(board)
    setTriggerValue("choice", { ...choice, serial: state.serial })
  }
  const form = board.querySelector(".choice")
  form.onsubmit = (event) => event.preventDefault()
  form.onchange = () => make(readForm(form))
  board.querySelector(".all").onclick = () => {
    make({ ...state.choice, ...EVERYTHING })
    form.elements.unit.focus()
  }
  draw(board)
}
