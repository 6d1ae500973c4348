// Where the board was left for a patient's page, so that whoever comes back finds it as it was.

const LEFT = "lungline-board-left"

function addressed() {
  const parameters = new URLSearchParams(location.search)
  parameters.delete("names")
  parameters.sort()
  return parameters.toString()
}

function rowOf(board, patient) {
  return board.querySelector(`a[data-patient="${CSS.escape(patient)}"]`)?.closest("tr")
}

function leave(board, patient) {
  const row = rowOf(board, patient)
  const top = row.getBoundingClientRect().top
  sessionStorage.setItem(LEFT, JSON.stringify({ patient, top, address: addressed() }))
}

// The row that was left stands where it stood, and has the focus; another choice of the board is another board.
function comeBack(board) {
  const left = JSON.parse(sessionStorage.getItem(LEFT) ?? "null")
  sessionStorage.removeItem(LEFT)
  const row = left?.address === addressed() && rowOf(board, left.patient)
  if (!row) return
  document.querySelector('[data-testid="stMain"]').scrollTop += row.getBoundingClientRect().top - left.top
  row.querySelector("a").focus({ preventScroll: true })
}
