// Elements and legends of the components that show films. Every text is set as text, never as markup.

function element(tag, className, text) {
  const node = document.createElement(tag)
  if (className) node.className = className
  if (text !== undefined) node.textContent = text
  return node
}

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
