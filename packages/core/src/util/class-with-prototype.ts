type ClassOf<Argument, Instance> = new (argument: Argument) => Instance

/**
 * A class of Node's whose instances have another prototype from the start. To change it afterwards would be expensive.
 * @param prototype used if it is one of the class; else the class itself is returned
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
