/** Run in a page: texts whose contrast with what is behind them is below 4.5 (WCAG 2.2, 1.4.3), and how much it is. */
export const FAINT_TEXTS = `(() => {
  const channel = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
  const luminance = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255)
  const parse = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number)
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const color = parse(getComputedStyle(one).backgroundColor)
      if (color.length === 3 || color[3] === 1) return color
    }
    return [255, 255, 255]
  }
  const faint = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const { parentElement, textContent } = walker.currentNode
    if (textContent.trim() === '' || !parentElement.checkVisibility() || parentElement.closest('.hidden, .skip, noscript')) continue
    const [one, other] = [luminance(parse(getComputedStyle(parentElement).color)), luminance(behind(parentElement))]
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
    if (contrast < 4.5) faint.push(textContent.trim() + ' ' + contrast.toFixed(2))
  }
  return [...new Set(faint)]
})()`
