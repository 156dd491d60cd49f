import { toHex } from '../../telecom/octets/hex.ts';
import { OctetWriter } from '../../telecom/octets/writer.ts';
import { encodeTlv } from '../../telecom/octets/ber-tlv.ts';
import type { CommandApdu } from '../../telecom/uicc/command-apdu.ts';
import { AdminCode } from './admin-code.ts';
import type { CardConditions, ScriptFacts } from './card-conditions.ts';
import type { CardMemory } from './card-memory.ts';
import { cardFile, FILE_NAMES, type CardFile, type Directory, type FileName } from './files.ts';
import { STATUS_WORD } from './status-word.ts';

/** What one command of a script was answered. */
export interface CommandAnswer {
  readonly statusWord: string;
  readonly data: Uint8Array;
}

/** Where a script runs. */
export interface ScriptPlace {
  readonly memory: CardMemory;
  readonly conditions: CardConditions;
  readonly facts: ScriptFacts;
}

const INS = { verify: 0x20, select: 0xa4, readBinary: 0xb0, getResponse: 0xc0, updateBinary: 0xd6 } as const;
const CLASS = 0x00;
const ADM1 = 0x0a;
const SELECT_BY = { fileId: 0x00, pathFromMf: 0x08, pathFromHere: 0x09 } as const;
const RETURN_FCP = 0x04;
const RETURN_NOTHING = 0x0c;
const NO_DATA = new Uint8Array(0);
/** P1 with this bit names a short file identifier in place of the high octet of the offset (ETSI TS 102 221 §11.1.3). */
const BY_SFI = 0x80;

/**
 * One script of remote file management under ADF.USIM (ETSI TS 102 226 §7): SELECT, READ BINARY, UPDATE BINARY, VERIFY. What is
 * written is seen by later commands of the script at once; it becomes facts in the order of the writes.
 */
export class FileSession {
  readonly #memory: CardMemory;
  readonly #adminCode: AdminCode;
  readonly #facts: ScriptFacts;
  readonly #written = new Map<FileName, Uint8Array>();
  /** The application's directory is the current one when a script begins (ETSI TS 102 226 §7.3). */
  #directory: Directory = '7fff';
  #file: FileName | undefined;
  #isVerified = false;
  #response: Uint8Array = NO_DATA;

  constructor({ memory, conditions, facts }: ScriptPlace) {
    this.#memory = memory;
    this.#adminCode = new AdminCode(memory, conditions);
    this.#facts = facts;
  }

  get hasChangedImsi(): boolean {
    return this.#written.has('EF.IMSI');
  }

  /** Executes one command; throws PowerLost where the fault plan says so. */
  execute(command: CommandApdu): CommandAnswer {
    if (command.cla !== CLASS) return failed(STATUS_WORD.unknownClass);
    switch (command.ins) {
      case INS.select:
        return this.#select(command);
      case INS.readBinary:
        return this.#read(command);
      case INS.updateBinary:
        return this.#update(command);
      case INS.verify:
        return this.#verify(command);
      case INS.getResponse:
        return { statusWord: STATUS_WORD.ok, data: this.#response };
      default:
        return failed(STATUS_WORD.unknownCommand);
    }
  }

  /** 00 A4 P1 P2 Lc, a file identifier or a path of them. */
  #select({ p1, p2, data }: CommandApdu): CommandAnswer {
    if (p2 !== RETURN_FCP && p2 !== RETURN_NOTHING && p2 !== 0x00) return failed(STATUS_WORD.wrongParameters);
    if (data.length === 0 || data.length % 2 !== 0) return failed(STATUS_WORD.wrongLength);
    const ids = toHex(data).match(/.{4}/g) ?? [];
    if (p1 === SELECT_BY.fileId && ids.length > 1) return failed(STATUS_WORD.wrongLength);
    if (p1 !== SELECT_BY.fileId && p1 !== SELECT_BY.pathFromMf && p1 !== SELECT_BY.pathFromHere)
      return failed(STATUS_WORD.wrongParameters);
    const found = this.#walk(ids, p1 === SELECT_BY.pathFromMf ? '3f00' : this.#directory);
    if (found === undefined) return failed(STATUS_WORD.fileNotFound);
    this.#directory = found.directory;
    this.#file = found.file;
    this.#response = p2 === RETURN_NOTHING ? NO_DATA : fileControlParameters(found);
    return { statusWord: STATUS_WORD.ok, data: this.#response };
  }

  #walk(ids: readonly string[], from: Directory): Selected | undefined {
    let selected: Selected | undefined = { directory: from, file: undefined };
    for (const id of ids) {
      if (selected === undefined || selected.file !== undefined) return undefined;
      selected = step(selected.directory, id);
    }
    return selected;
  }

  /** 00 B0 offset Le, or 00 B0 80+SFI offset Le. */
  #read({ p1, p2, le = 0 }: CommandApdu): CommandAnswer {
    const place = this.#placeOf(p1, p2);
    if ('statusWord' in place) return place;
    const { file, offset } = place;
    if (!this.#mayAccess(cardFile(file).read)) return failed(STATUS_WORD.securityNotSatisfied);
    const content = this.#contentOf(file);
    if (offset >= content.length) return failed(STATUS_WORD.outsideFile);
    if (offset + le > content.length) return failed(STATUS_WORD.wrongLength);
    return { statusWord: STATUS_WORD.ok, data: content.slice(offset, le === 0 ? undefined : offset + le) };
  }

  /** 00 D6 offset Lc data, or 00 D6 80+SFI offset Lc data; needs the admin code earlier in the same script. */
  #update({ p1, p2, data }: CommandApdu): CommandAnswer {
    const place = this.#placeOf(p1, p2);
    if ('statusWord' in place) return place;
    const { file, offset } = place;
    if (!this.#mayAccess(cardFile(file).update)) return failed(STATUS_WORD.securityNotSatisfied);
    const content = this.#contentOf(file);
    if (data.length === 0) return failed(STATUS_WORD.wrongLength);
    if (offset + data.length > content.length) return failed(STATUS_WORD.outsideFile);
    const changed = new Uint8Array(content);
    changed.set(data, offset);
    this.#facts.write(this.#memory.written(file, changed));
    this.#written.set(file, changed);
    return { statusWord: STATUS_WORD.ok, data: NO_DATA };
  }

  /** 00 20 00 0A 08 code; without a code it asks how many tries are left. */
  #verify({ p1, p2, data }: CommandApdu): CommandAnswer {
    if (p1 !== 0) return failed(STATUS_WORD.wrongParameters);
    if (p2 !== ADM1) return failed(STATUS_WORD.referenceNotFound);
    if (data.length === 0) return failed(this.#isVerified ? STATUS_WORD.ok : this.#adminCode.tries);
    const { statusWord, facts } = this.#adminCode.compare(data);
    this.#isVerified = statusWord === STATUS_WORD.ok;
    this.#facts.add(...facts);
    return { statusWord, data: NO_DATA };
  }

  #placeOf(p1: number, p2: number): { readonly file: FileName; readonly offset: number } | CommandAnswer {
    if ((p1 & BY_SFI) === 0) {
      if (this.#file === undefined) return failed(STATUS_WORD.noFileSelected);
      return { file: this.#file, offset: p1 * 0x100 + p2 };
    }
    const file = FILE_NAMES.find((name) => {
      const { parent, sfi } = cardFile(name);
      return parent === this.#directory && sfi === (p1 & 0x1f);
    });
    if ((p1 & 0x60) !== 0) return failed(STATUS_WORD.wrongParameters);
    if (file === undefined) return failed(STATUS_WORD.fileNotFound);
    this.#file = file;
    return { file, offset: p2 };
  }

  #mayAccess(access: CardFile['read']): boolean {
    return access === 'always' || (access === 'adm' && this.#isVerified);
  }

  #contentOf(file: FileName): Uint8Array {
    return this.#written.get(file) ?? this.#memory.file(file);
  }
}

interface Selected {
  readonly directory: Directory;
  readonly file: FileName | undefined;
}

/** From a directory one reaches the MF, the application's directory, and the files of the directory (ETSI TS 102 221 §8.4). */
function step(directory: Directory, id: string): Selected | undefined {
  if (id === '3f00' || id === '7fff') return { directory: id, file: undefined };
  const file = FILE_NAMES.find((name) => cardFile(name).fileId === id && cardFile(name).parent === directory);
  return file === undefined ? undefined : { directory, file };
}

/** 62: 82 file descriptor, 83 file identifier, 80 size (ETSI TS 102 221 §11.1.1.3). */
function fileControlParameters({ directory, file }: Selected): Uint8Array {
  const isFile = file !== undefined;
  const id = Buffer.from(isFile ? cardFile(file).fileId : directory, 'hex');
  const writer = new OctetWriter()
    .appendOctets(encodeTlv(0x82, isFile ? Uint8Array.of(0x41, 0x21) : Uint8Array.of(0x78, 0x21)))
    .appendOctets(encodeTlv(0x83, new Uint8Array(id)));
  if (isFile) writer.appendOctets(encodeTlv(0x80, Uint8Array.of(0, cardFile(file).sizeOctets)));
  return encodeTlv(0x62, writer.toOctets());
}

function failed(statusWord: string): CommandAnswer {
  return { statusWord, data: NO_DATA };
}
