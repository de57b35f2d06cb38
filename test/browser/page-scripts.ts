// What tests run in pages. Pages are compiled without the types of browsers.

/** Run in a page: the texts whose contrast with their background is below 4.5 (WCAG 2.2, 1.4.3), each with its contrast. */
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

/** Run in a page: the figures of answers that are five seconds apart. The last two are of another server. */
export const FIGURES = `import('./series.js').then(({ Series }) => {
  const series = new Series()
  const stats = (server, connections, messagesIn, buckets, closed) =>
    ({ server, connections, traffic: { messagesIn }, handlers: { buckets }, closed, memory: {} })
  const answers = [
    [stats('one', 5, 1000, [7, 0, 1], { 1000: 3 })],
    [stats('one', 5, 1050, [7, 4, 1], { 1000: 5 })],
    [stats('two', 1, 10, [1, 1, 1], { 1000: 1 })],
    [stats('two', 1, 9, [1, 1, 1], { 1000: 0 })],
  ]
  const points = answers.map((servers, n) => series.add({ servers, bounds: [1, 2] }, n * 5000))
  return [0, 1, 3].map((n) => {
    const { messagesIn, p50, connections, closed } = points[n]
    return { messagesIn, p50, connections, closed }
  })
})`
