export const ENGINE_NAMES = ['temporal', 'kafka', 'postgres'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** How one engine is started; uid and gid are those it runs under, when not ours. */
export interface EngineCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
}

/** What the runner needs to know about an engine. */
export interface Engine {
  readonly name: EngineName;
  readonly command: EngineCommand;
  /** Asks the engine to end; each engine has its own idea of an orderly signal. */
  readonly stopSignal: NodeJS.Signals;
  /** Puts the data in order before every start, also after a crash. */
  prepare(): Promise<void>;
  /** Resolves when the engine answers like a working one, and throws as long as it does not. */
  checkReady(): Promise<void>;
}

/** The environment of every engine: nothing of ours leaks into it. */
export const ENGINE_ENVIRONMENT = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin',
  LC_ALL: 'C',
} as const;
