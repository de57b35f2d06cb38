import type { Page } from 'playwright-core'

/** Adds what a developer would see in red to a list: errors of the page and of its console. */
export function keepComplaints(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
}
