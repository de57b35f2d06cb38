'use strict'

/**
 * The other end of `Child.ask`, in the process that is asked.
 * @param {Record<string, (details: any) => unknown>} answers what it can be asked
 */
exports.answer = (answers) => {
  const reply = async ({ id, question, details }) => {
    try {
      process.send({ id, value: await answers[question](details) })
    } catch (error) {
      process.send({ id, error: String(error.stack) })
    }
  }
  process.on('message', (asked) => void reply(asked))
  process.on('disconnect', () => process.exit())
}
