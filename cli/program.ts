import { Argument, Command, CommanderError, Option } from 'commander';
import { CHANGE_STATES, type ChangeState } from '../workflows/shared/states.ts';
import { SUPPORT_ACTIONS } from '../workflows/support/actions.ts';
import { APPROVAL_TEXT } from './approval-text.ts';
import type { Action } from './action.ts';
import { approveTryCommand } from './commands/approve.ts';
import { blockCardCommand, unblockCardCommand } from './commands/blocks.ts';
import {
  reconcileCardCommand,
  reconcileChangesCommand,
  reconciliationReportCommand,
  reconciliationReportsCommand,
} from './commands/reconcile.ts';
import { changeCommand } from './commands/change.ts';
import {
  importCardsCommand,
  importOperatorsCommand,
  listOperatorsCommand,
  showCardCommand,
} from './commands/registry.ts';
import { listCommand, parkedCommand, statusCommand, timelineCommand } from './commands/views.ts';
import { evidenceCommand } from './commands/evidence.ts';
import { eventsCommand } from './commands/events.ts';
import { milenageCommand } from './commands/milenage.ts';
import { decodeCommand, decodeResponse, encodeCommand } from './commands/ota.ts';
import { rebuildCommand, resumeCommand, setupCommand } from './commands/maintenance.ts';
import { supportCommand } from './commands/support.ts';
import { CommandError, explainError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import type { CliContext, ServeOptions } from '../application/ports.ts';
import { printableLines } from './printable.ts';
import { explain, TEXT } from './text.ts';

/** Runs one command line and resolves to its exit code; everything it touches is in the context. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = new Command('rehome')
    .description(TEXT.about)
    .version(context.version, '--version', 'print the version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(printableLines(text)),
    });

  const atDesk =
    <Arguments extends readonly unknown[]>(action: Action<Arguments>) =>
    async (...given: Arguments): Promise<void> => {
      const desk = await context.openDesk();
      try {
        exitCode = await action({ desk, context }, ...given);
      } finally {
        await desk.close();
      }
    };
  const json = (command: Command) => command.option('--json', TEXT.json);
  const group = (name: string, about: string) => program.command(name).description(about).exitOverride();

  json(program.command('change <iccid>').description(TEXT.change))
    .requiredOption('--to <operator>', 'id of the operator that the card joins')
    .option('--reason <text>', 'why, for the record')
    .option('--request-id <id>', 'the same id again returns the same change')
    .option('--wait', 'show each state, and exit as the change ends')
    .addOption(
      new Option('--dry-run', 'say whether it would be admitted, and under which terms; nothing is started').conflicts([
        'wait',
        'requestId',
      ]),
    )
    .action(atDesk(changeCommand));
  json(program.command('status <change-or-iccid>').description(TEXT.status)).action(atDesk(statusCommand));
  json(program.command('timeline <change-or-iccid>').description(TEXT.timeline)).action(atDesk(timelineCommand));
  json(program.command('evidence <change-or-iccid>').description(TEXT.evidence)).action(atDesk(evidenceCommand));
  json(program.command('list').description(TEXT.list))
    .addOption(
      new Option('--state <state>', 'only changes in this state').choices(
        CHANGE_STATES satisfies readonly ChangeState[],
      ),
    )
    .option('--open', 'only open changes; those without a workflow are marked')
    .option('--limit <number>', 'at most so many', '50')
    .action(atDesk(listCommand));

  json(program.command('support').argument('<change-or-iccid>').description(TEXT.support))
    .addArgument(new Argument('<action>', 'what to do').choices(SUPPORT_ACTIONS))
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--ticket <id>', 'of the ticket that this belongs to, for the record')
    .option('--actor <name>', 'who asks; default: the user of the operating system')
    .option('--until <time>', 'with extendDeadline: the new deadline')
    .option('--request-id <id>', 'the same id again is the same request')
    .action(atDesk(supportCommand));
  json(program.command('resume <change-or-iccid>').description(TEXT.resume)).action(atDesk(resumeCommand));
  json(program.command('parked').description(TEXT.parked))
    .option('--limit <number>', 'at most so many', '50')
    .action(atDesk(parkedCommand));

  json(program.command('events [iccid]').description(TEXT.events))
    .option('--follow', 'those that come from now on, until Ctrl-C')
    .option('--from-beginning', 'with --follow: those that are there first')
    .action(atDesk(eventsCommand));

  const cards = group('cards', TEXT.cards);
  json(cards.command('import <file>').description(TEXT.cardsImport))
    .option('--rejects <file>', 'where rejected rows go; default: FILE.rejects.csv')
    .action(atDesk(importCardsCommand));
  json(cards.command('show <iccid>').description(TEXT.cardsShow)).action(atDesk(showCardCommand));
  json(cards.command('block <iccid>').description(TEXT.cardsBlock))
    .requiredOption('--reason <text>', 'why, for those who ask for a change of the card')
    .action(atDesk(blockCardCommand));
  json(cards.command('unblock <iccid>').description(TEXT.cardsUnblock))
    .option('--reason <text>', 'why, for the record')
    .action(atDesk(unblockCardCommand));
  json(cards.command('approve <iccid>').description(APPROVAL_TEXT.about))
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--actor <name>', 'who approves; default: the user of the operating system')
    .action(atDesk(approveTryCommand));
  const operators = group('operators', TEXT.operators);
  json(operators.command('import <file>').description(TEXT.operatorsImport)).action(atDesk(importOperatorsCommand));
  json(operators.command('list').description(TEXT.operatorsList)).action(atDesk(listOperatorsCommand));
  json(group('projections', TEXT.projections).command('rebuild').description(TEXT.projectionsRebuild)).action(
    atDesk(rebuildCommand),
  );
  const reconciliation = group('reconcile', TEXT.reconcile);
  json(reconciliation.command('changes', { isDefault: true }).description(TEXT.reconcileChanges))
    .option('--hours <number>', 'how long ago something may have been recorded', '24')
    .option('--limit <number>', 'at most so many cards, newest first', '1000')
    .action(atDesk(reconcileChangesCommand));
  json(reconciliation.command('card <iccid>').description(TEXT.reconcileCard))
    .option('--ask-card', 'ask it over the air besides which IMSI it holds; changes nothing on it')
    .option('--patience <seconds>', 'with --ask-card: how long it may take to answer', '120')
    .action(atDesk(reconcileCardCommand));
  json(reconciliation.command('reports').description(TEXT.reconciliationReports))
    .option('--limit <number>', 'at most so many', '20')
    .action(atDesk(reconciliationReportsCommand));
  json(reconciliation.command('report [id]').description(TEXT.reconciliationReport)).action(
    atDesk(reconciliationReportCommand),
  );
  json(program.command('setup').description(TEXT.setup)).action(atDesk(setupCommand));
  const ota = group('ota', TEXT.ota);
  const keyed = (command: Command) =>
    command
      .option('--kic-key <hex>', 'key that ciphers')
      .option('--kid-key <hex>', 'key that makes checksums')
      .option('--keys <file>', 'JSON file {"kic": hex, "kid": hex}, so that keys stay out of the shell history')
      .addOption(
        new Option('--mac-length <octets>', 'of an AES checksum, as the card has it').choices(['8', '4']).default('8'),
      );
  const secured = (command: Command) =>
    keyed(command)
      .requiredOption('--spi <hex>', 'security parameter indicator, two octets')
      .requiredOption('--kic <hex>', 'algorithm and key set for ciphering, one octet')
      .requiredOption('--kid <hex>', 'algorithm and key set for checksums, one octet');
  const offline =
    <Options>(action: (context: CliContext, options: Options) => number) =>
    (options: Options): void => {
      exitCode = action(context, options);
    };
  secured(ota.command('encode').description(TEXT.otaEncode))
    .requiredOption('--tar <hex>', 'toolkit application reference, three octets')
    .requiredOption('--cntr <number>', 'counter, 0 to 2^40 - 1')
    .requiredOption('--data <hex>', 'what the application gets')
    .option('--concat <reference>', 'reference of the messages when there are several, 0 to 255', '0')
    .action(offline(encodeCommand));
  keyed(ota.command('decode-command').description(TEXT.otaDecodeCommand))
    .addOption(new Option('--packet <hex>', 'from CPL on').conflicts('userData'))
    .option('--user-data <hex...>', 'of its messages, each from UDHL on, in any order')
    .action(offline(decodeCommand));
  secured(ota.command('decode-response').description(TEXT.otaDecodeResponse))
    .requiredOption('--user-data <hex...>', 'of its message or messages; SPI, KIc and KID are those of the command')
    .action(offline(decodeResponse));
  program
    .command('milenage')
    .description(TEXT.milenage)
    .option('--k <hex>', 'key of the subscriber')
    .option('--opc <hex>', 'the operator’s variant for this subscriber')
    .option('--op <hex>', 'the operator’s variant, from which OPc is made')
    .option('--keys <file>', 'JSON file {"k": hex, "opc": hex} or {"k": hex, "op": hex}')
    .requiredOption('--rand <hex>', 'challenge, 16 octets')
    .requiredOption('--sqn <hex>', 'sequence number, 6 octets')
    .requiredOption('--amf <hex>', 'authentication management field, 2 octets')
    .action(offline(milenageCommand));
  program
    .command('serve')
    .description(TEXT.serve)
    .addArgument(new Argument('<role...>', 'what to run').choices(context.roles))
    .option('--operators <id...>', 'with the role operator: those to serve; default: all that are registered')
    .option('--smscs <id...>', 'with the role ota: those to serve; default: all that are registered')
    .action(async (roles: string[], options: ServeOptions) => {
      for (const [option, role] of [
        ['operators', 'operator'],
        ['smscs', 'ota'],
      ] as const) {
        if (options[option] !== undefined && !roles.includes(role))
          throw new CommandError(TEXT.optionWithoutRole(option, role), EXIT.usage);
      }
      exitCode = await context.serve(roles, options);
    });

  pointToHelp(program, context.invocation);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (cause) {
    if (cause instanceof CommanderError) return cause.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { explained, exitCode: code } = explainError(cause, context.invocation);
    context.stderr.write(explain(explained));
    return code;
  }
}

/** An error of usage ends with where to look. */
function pointToHelp(command: Command, words: string): void {
  command.showHelpAfterError(TEXT.seeHelp(words));
  for (const below of command.commands) pointToHelp(below, `${words} ${below.name()}`);
}
