const HIDDEN = '[secret]';
// Node's own name of its hook, so that workflow code, which has no Node built-ins, can import the type's module too.
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** A value that prints, serialises and inspects as `[secret]`; only `reveal` gives it out, so every use can be searched for. */
export class Secret<T> {
  readonly #value: T;

  private constructor(value: T) {
    this.#value = value;
  }

  /** Wraps a value; octets are not copied, so the caller may wipe them. */
  static of<T>(value: T): Secret<T> {
    return new Secret(value);
  }

  /** The wrapped value itself. */
  reveal(): T {
    return this.#value;
  }

  /** Always `[secret]`; lint refuses a Secret in a template (restrict-template-expressions), and this hides one that slips through. */
  toString(): string {
    return HIDDEN;
  }

  /** Always `[secret]`, whatever JSON.stringify is given. */
  toJSON(): string {
    return HIDDEN;
  }

  /** Always `[secret]` in console output, loggers and assertion messages of Node. */
  [INSPECT](): string {
    return HIDDEN;
  }
}
