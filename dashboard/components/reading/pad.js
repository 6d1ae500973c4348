// Scores of one film by keys or by hand. What is saved names its film; keys count while that film is in sight.

const WAIT = "The film is not in sight yet: keys do not count until it is."
const SAVING = "Saving …"

class Pad {
  constructor(form, component) {
    this.form = form
    this.status = form.querySelector("[role=status]")
    this.select = form.querySelector("select")
    this.at = 0
    this.fields = component.data.fields
    this.groups = this.fields.map((field) => this.drawField(field))
    form.querySelector(".lungs").append(...this.groups)
    this.select.append(...component.data.reasons.map((reason) => new Option(reason, reason)))
    this.select.addEventListener("change", () => this.draw())
    form.addEventListener("submit", (event) => (event.preventDefault(), this.save()))
    form.addEventListener("change", ({ target }) => target.type === "radio" && this.chose(target))
    this.attempt = component.data.attempt
    // Letters look for a reason there; the page's own keys must not hear them. No reason begins with a digit.
    this.select.addEventListener("keydown", (event) => /^[^0-9]$/.test(event.key) && event.stopPropagation())
    this.listener = (event) => this.pressed(event)
    document.addEventListener("keydown", this.listener)
    const { scores, not_readable: reason } = component.data
    if (scores) scores.forEach((score, place) => (this.radio(place, score).checked = true))
    this.select.value = reason ?? ""
  }

  update(component) {
    this.component = component
    this.saving = false
    this.closed = component.data.closed
    this.form.classList.toggle("closed", this.closed)
    for (const one of this.form.querySelectorAll("input, select")) one.disabled = this.closed
    if (component.data.attempt !== this.attempt) this.beginAgain()
    this.draw()
  }

  // What was refused stays to be seen; the next digit scores the first field anew.
  beginAgain() {
    this.attempt = this.component.data.attempt
    this.at = 0
    this.select.blur()
  }

  end() {
    document.removeEventListener("keydown", this.listener)
  }

  drawField({ name, label, points }) {
    const group = element("fieldset", "")
    group.append(element("legend", "", label))
    const choices = element("div", "choices")
    points.forEach((words, point) => {
      const choice = element("label", "")
      const radio = element("input", "")
      Object.assign(radio, { type: "radio", name, value: String(point) })
      choice.append(radio, element("span", "point", String(point)), element("span", "words", words))
      choices.append(choice)
    })
    group.append(choices)
    return group
  }

  radio(place, score) {
    return this.groups[place].querySelector(`input[value="${Number(score)}"]`)
  }

  scores() {
    return this.groups.map((group) => {
      const chosen = group.querySelector("input:checked")
      return chosen ? Number(chosen.value) : null
    })
  }

  chose(radio) {
    this.select.value = ""
    this.at = this.groups.findIndex((group) => group.contains(radio))
    this.draw()
  }

  get inSight() {
    return document.body.dataset.filmsShown === String(this.component.data.film_id)
  }

  pressed(event) {
    const target = event.composedPath()[0]
    const own = this.form.contains(target)
    if (this.closed || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (!own && target.matches?.("input, textarea, select, [contenteditable]")) return
    // A button or link that has the focus hears Enter itself; other keys pass it by.
    if (event.key === "Enter" && (target.matches?.("button, a, summary, [role=button]"))) return
    const key = event.key.toLowerCase()
    const inSelect = target === this.select
    const known = key === "enter" || /^[0-9]$/.test(key) || (!inSelect && (key === "backspace" || key === "n"))
    if (!known) return
    event.preventDefault()
    event.stopPropagation()
    if (this.saving) return
    if (!this.inSight) this.status.textContent = WAIT
    else if (key === "enter") this.save()
    else if (key === "n") this.select.focus()
    else if (key === "backspace") this.back()
    else this.score(Number(key))
  }

  score(point) {
    const radio = this.at < this.groups.length ? this.radio(this.at, point) : null
    if (this.at >= this.groups.length) this.say("All four are scored. Enter saves; Backspace goes back.")
    else if (!radio) this.say(`${this.fields[this.at].label} runs from 0 to ${this.fields[this.at].points.length - 1}.`)
    else {
      radio.checked = true
      this.select.value = ""
      this.select.blur()
      this.at += 1
      this.draw()
    }
  }

  back() {
    this.at = Math.max(0, this.at - 1)
    const chosen = this.groups[this.at].querySelector("input:checked")
    if (chosen) chosen.checked = false
    this.draw()
  }

  save() {
    if (this.saving || this.closed) return
    if (!this.inSight) return this.say(WAIT)
    const scores = this.scores()
    const reason = this.select.value
    const missing = this.fields.filter((_field, place) => scores[place] === null)
    if (!reason && missing.length) return this.say(`Not scored yet: ${missing.map((field) => field.label.toLowerCase()).join(", ")}.`)
    this.saving = true
    this.say(SAVING)
    const { place, attempt } = this.component.data
    this.component.setTriggerValue("saved", { place, attempt, scores: reason ? null : scores, not_readable: reason || null })
  }

  say(text) {
    this.status.textContent = text
  }

  draw() {
    this.groups.forEach((group, place) => {
      const current = place === this.at && !this.closed && !this.select.value
      group.classList.toggle("current", current)
      group.querySelector("legend").textContent = (current ? "▶ " : "") + this.fields[place].label
    })
    this.say(this.summary())
  }

  summary() {
    if (this.select.value) return `Not readable: ${this.select.value}.`
    const scores = this.scores()
    const { totals } = this.component.data
    return totals
      .map(({ label, places, maximum }) => {
        const values = places.map((place) => scores[place])
        return values.includes(null) ? `${label} –` : `${label} ${values.reduce((sum, one) => sum + one, 0)} of ${maximum}`
      })
      .join(" · ")
  }
}

const pads = new WeakMap()

// One film has one element; the next film has another.
export default function (component) {
  const form = component.parentElement.querySelector(".pad")
  if (!pads.has(form)) pads.set(form, new Pad(form, component))
  pads.get(form).update(component)
  return () => pads.get(form).end()
}
