type ClassOf<Argument, Instance> = new (argument: Argument) => Instance

/**
 * A class of Node whose instances have another prototype from the start. Changing the prototype of an instance is expensive.
 * @param prototype must be an instance of the class; otherwise the class itself is returned
 */
export function classWithPrototype<Argument, Instance extends object>(
  base: ClassOf<Argument, Instance>,
  prototype: unknown,
): ClassOf<Argument, Instance> {
  if (!(prototype instanceof base)) return base
  function Derived(this: Instance, argument: Argument): void {
    Reflect.apply(base as unknown as (argument: Argument) => void, this, [argument])
  }
  Derived.prototype = prototype
  return Derived as unknown as ClassOf<Argument, Instance>
}
