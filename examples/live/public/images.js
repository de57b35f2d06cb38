import { client, element } from './connection.js'

function show(caption, bytes) {
  const figure = document.createElement('figure')
  const image = new Image()
  image.src = URL.createObjectURL(new Blob([bytes]))
  image.alt = caption
  figure.append(image, caption)
  element('images').prepend(figure)
}

client.on('image', ({ caption }, { bytes }) => show(caption, bytes))
for await (const { payload, bytes } of client.stream('images')) show(payload.caption, bytes)

async function upload(form) {
  const { image, caption } = form.elements
  const bytes = new Uint8Array(await image.files[0].arrayBuffer())
  await client.request('upload', { caption: caption.value }, { bytes })
  form.reset()
}

element('upload').addEventListener('submit', (event) => {
  event.preventDefault()
  void upload(event.target)
})
