/**
 * The params that a path of a route names: `{ room: string }` for `/rooms/:room`. Params in braces (`/rooms{/:seat}`) and with
 * `?` may be missing. A wildcard (`/files/*path`) is a param too. If the path is not a literal type, every name is a string.
 */
export type PathParams<Path extends string> = string extends Path ? Record<string, string> : Flat<Parts<Path>>

type Parts<Path extends string> = Path extends `${infer Before}{${infer Group}}${infer After}`
  ? Parts<Before> & Partial<Parts<Group>> & Parts<After>
  : Marked<Path, ':'> & Marked<Path, '*'>

type Marked<Path extends string, Mark extends string> = Path extends `${string}${Mark}${infer Rest}`
  ? Param<Rest, NameOf<Rest>> & Marked<Rest, Mark>
  : unknown

type Param<Rest extends string, Name extends string> = Rest extends `${Name}?${string}`
  ? { readonly [Key in Name]?: string }
  : { readonly [Key in Name]: string }

type NameOf<Rest extends string, Name extends string = ''> = Rest extends `${infer Character}${infer Tail}`
  ? Character extends '/' | '-' | '.' | ':' | '*' | '?' | '+' | '(' | '{' | '}' | '~' | '@'
    ? Name
    : NameOf<Tail, `${Name}${Character}`>
  : Name

type Flat<Type> = { [Key in keyof Type]: Type[Key] }
