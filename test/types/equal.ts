// Each of these is used once because comparing them is all that happens.
// oxlint-disable typescript/no-unnecessary-type-parameters

/** Compiles only where two types are the same. */
export function same<One, Other>(
  _same: (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false,
): void {}
