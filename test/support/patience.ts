/** Real engines on a busy machine: long enough that only a hang fails. */
jest.setTimeout(90_000);
