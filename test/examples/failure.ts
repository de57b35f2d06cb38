interface Failure {
  readonly error: { readonly code: string; readonly message: string }
}

/** The code of an answer that says what went wrong. */
export async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as Failure).error.code
}
