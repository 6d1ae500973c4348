// Mouse, pen, fingers and wheel on one pane. Points and distances are in device pixels of the pane.

function listen(pane, { dragged, pinched, wheeled, touched, released }) {
  const held = new Map()
  const at = (event) => {
    const box = pane.getBoundingClientRect()
    return [(event.clientX - box.left) * sharpness(), (event.clientY - box.top) * sharpness()]
  }
  const spread = (points) => {
    const [[a, b], [c, d]] = points
    return { middle: [(a + c) / 2, (b + d) / 2], distance: Math.max(Math.hypot(a - c, b - d), 1) }
  }
  pane.addEventListener("pointerdown", (event) => {
    touched(at(event), held.size === 0 && event.button === 0 && !event.shiftKey)
    try {
      pane.setPointerCapture(event.pointerId)
    } catch {
      // A pointer that is gone already is held no more.
    }
    held.set(event.pointerId, at(event))
  })
  pane.addEventListener("pointermove", (event) => {
    const before = held.get(event.pointerId)
    if (!before) return
    const earlier = [...held.values()]
    const now = at(event)
    held.set(event.pointerId, now)
    if (held.size === 1) dragged(now[0] - before[0], now[1] - before[1], event.shiftKey || event.buttons === 2 || event.buttons === 4, now)
    else if (held.size === 2) {
      const [then, later] = [spread(earlier), spread([...held.values()])]
      const [x, y] = later.middle
      pinched(later.distance / then.distance, later.middle, x - then.middle[0], y - then.middle[1])
    }
  })
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
    pane.addEventListener(end, (event) => held.delete(event.pointerId) && released(at(event)))
  }
  pane.addEventListener("contextmenu", (event) => event.preventDefault())
  pane.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault()
      wheeled(2 ** (-clamp(event.deltaY, -200, 200) / 300), at(event))
    },
    { passive: false },
  )
}
