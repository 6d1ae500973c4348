// Legends of the components that show films.

function legendOf(entries) {
  const list = element("ul", "legend")
  for (const { shape, colour, text } of entries) {
    const item = element("li")
    const sign = element("span", `sign ${shape}`)
    sign.style.setProperty("--sign", `rgb(${colour.join(" ")})`)
    item.append(sign, element("span", "", text))
    list.append(item)
  }
  return list
}
