'use strict'

/**
 * Answers `Child.ask` in the child process.
 * @param {Record<string, (details: any) => unknown>} answers the answer to each question, by its name
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
