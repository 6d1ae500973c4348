// Steps one side of the pair through the stay; the other film stays. Every step names both films, so that a press that
// comes late still means that pair.

const STEP_AGAIN_MS = 3000
const NO_FURTHER = ["There is no older film of this stay on this side.", "There is no newer film of this stay on this side."]
const ONE_AT_A_TIME = "The other side is still changing. Press again once its film is there."

class Stepping {
  constructor(on) {
    this.on = on
    this.target = this.shown
  }

  get shown() {
    return this.on.data.films.map((film) => film.film_id)
  }

  // The server shows a pair: a press goes on from there.
  arrived() {
    clearTimeout(this.waiting)
    this.target = this.shown
    this.said = ""
  }

  further(side, by) {
    const list = this.on.data.steps[side] ?? []
    const at = list.indexOf(this.target[side])
    return at < 0 ? undefined : list[at + by]
  }

  step(side, by) {
    const other = 1 - side
    const next = this.further(side, by)
    if (this.target[other] !== this.shown[other]) this.said = ONE_AT_A_TIME
    else if (next === undefined) this.said = NO_FURTHER[by < 0 ? 0 : 1]
    else {
      this.said = ""
      this.target = this.target.map((film_id, place) => (place === side ? next : film_id))
      this.tell()
    }
    this.on.say()
  }

  // What the server is told while it draws may get lost.
  tell() {
    clearTimeout(this.waiting)
    this.on.component.setTriggerValue("step", { first: this.target[0], second: this.target[1] })
    this.waiting = setTimeout(() => !this.on.ended && String(this.target) !== String(this.shown) && this.tell(), STEP_AGAIN_MS)
  }

  end() {
    clearTimeout(this.waiting)
  }
}
